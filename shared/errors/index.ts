export { AttestorError, exitCodeFor, faultName, faultText, isAttestorError, statusOf } from "./attestorError.ts";
export type { ErrorCode, ErrorData } from "./catalogue.ts";
export { type Problem, problemMediaType, toProblem } from "./problem.ts";
