import { AttestorError } from "./attestorError.ts";
import type { ErrorCode, ErrorData } from "./catalogue.ts";

/** A problem document (RFC 9457): the body of every refusal, media type `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  data: ErrorData[ErrorCode];
}

export const problemMediaType = "application/problem+json";

/** Builds the problem document of an error. An error that is not ours becomes `internal` without its text. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof AttestorError ? error : new AttestorError("internal", { reason: "see the log" });
  return {
    type: `urn:hsm-attestor:problem:${known.code}`,
    title: known.code.replaceAll("_", " "),
    status: known.status,
    code: known.code,
    detail: known.message,
    data: known.data,
  };
}
