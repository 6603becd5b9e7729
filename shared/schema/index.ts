export { check, problemsOf } from "./check.ts";
export type { FieldProblem } from "./issues.ts";
export { list } from "./list.ts";
export { nearest } from "./nearest.ts";
export { duration, durationBetween, hexBytes, name, printableAscii } from "./text.ts";
export { integer, unsigned } from "./unsigned.ts";
