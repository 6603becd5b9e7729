export { canonicalJson } from "./canonicalJson.ts";
export { type ChainHead, chainHead, emptyChain, recordHash } from "./chain.ts";
export { checkpointToWire, isSignedBy, parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
export { keepCheckpoints } from "./checkpointer.ts";
export { checkpointsAfter, latestCheckpoint } from "./checkpointTable.ts";
export { type Decision, equivocationEntry, releaseEntry, wrongSignatureEntry } from "./decision.ts";
export type { AuditEntry, AuditKind, AuditValue } from "./entry.ts";
export { keepDenialCounts, recordStart, recordStop, type StartFacts } from "./life.ts";
export { recordDecision, recordUnlessRecent } from "./recordDecision.ts";
