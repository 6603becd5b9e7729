export { openCopy, type StateCopy } from "./openCopy.ts";
export { createState, openState } from "./openState.ts";
export { prepared } from "./prepared.ts";
export { type Binding, bindings, type SignerState, type Transaction } from "./state.ts";
