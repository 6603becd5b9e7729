export { canonicalJson } from "./canonicalJson.ts";
export { type ChainHead, chainHead, emptyChain, recordHash } from "./chain.ts";
export { type Decision, decisionEntry, releaseEntry, requestBody } from "./decision.ts";
export type { AuditEntry, AuditKind, AuditValue } from "./entry.ts";
