import { catalogue, type ErrorCode, type ErrorData } from "./catalogue.ts";
import { codeText } from "./codeText.ts";

/** The one error type of the product: a code of the closed set with that code's data. */
export class AttestorError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "AttestorError";
  readonly code: C;
  readonly data: ErrorData[C];

  constructor(code: C, data: ErrorData[C]) {
    super(catalogue[code].message(data));
    this.code = code;
    this.data = data;
  }

  /** HTTP status that a problem document with this code carries. */
  get status(): number {
    return catalogue[this.code].status;
  }
}

/** True if `error` is an {@link AttestorError}, with that code where one is named. */
export function isAttestorError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is AttestorError<C> {
  return error instanceof AttestorError && (code === undefined || error.code === code);
}

/** HTTP status that a problem document with a code carries. */
export function statusOf(code: ErrorCode): number {
  return catalogue[code].status;
}

/** Exit codes of every command: 1 refused or failed, 2 wrong usage or configuration. */
export function exitCodeFor(error: unknown): 1 | 2 {
  return isAttestorError(error, "usage") || isAttestorError(error, "config_invalid") ? 2 : 1;
}

/**
 * A short text for a fault that has no code of its own, safe to log: Node's error code or the error's name, never its
 * message, because messages of network libraries quote endpoints.
 */
export function faultName(error: unknown): string {
  if (error instanceof AttestorError) return error.code;
  if (error instanceof Error) {
    const { code } = error as NodeJS.ErrnoException;
    return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : error.name;
  }
  return typeof error;
}

/** {@link faultName} for a person, with what the code means, such as `ENOENT: there is no such file`. As safe to show. */
export function faultText(error: unknown): string {
  return codeText(faultName(error));
}
