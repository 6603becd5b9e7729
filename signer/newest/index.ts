export { idOf, type Shown } from "./match.ts";
export { type Newest, openNewest, waiverObject } from "./newest.ts";
export { proofFields, type RollbackProof } from "./proofs.ts";
export type { Standing } from "./roll.ts";
export { rolledBack } from "./rules.ts";
