export { AttestorError, exitCodeFor, faultName, isAttestorError } from "./attestorError.ts";
export type { ErrorCode, ErrorData } from "./catalogue.ts";
export { type Problem, problemMediaType, statusOf, toProblem } from "./problem.ts";
