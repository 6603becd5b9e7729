export { AttestorError, exitCodeFor, faultName, isAttestorError } from "./attestorError.ts";
export type { ErrorCode, ErrorData } from "./catalogue.ts";
export { type Problem, problemMediaType, toProblem } from "./problem.ts";
