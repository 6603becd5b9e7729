export { type ChainReport, explainPacket, type PacketStory, readRecord, verifyAudit } from "./audit/index.ts";
export { type KeyConfig, keySpecsOf, signerConfig } from "./config.ts";
export { interchangeText } from "./ledger/index.ts";
export {
  exportLedger,
  type ImportResult,
  importLedger,
  type RowsReport,
  verifyInterchange,
  verifyLedger,
} from "./ledger/offline.ts";
export { waiverObject } from "./newest/index.ts";
export {
  approvalFileOf,
  compare,
  formatStatement,
  openDenyList,
  operatorsNeeded,
  type PolicyText,
  policyConfig,
  policyObject,
  readPolicy,
  readPolicyFile,
  type Statement,
} from "./policy/index.ts";
export { isSignatureOf, parseSshPublicKey, parseSshSignature } from "./policy/ssh/index.ts";
export { standbyOf, takeOver, takeOverObject } from "./standby/index.ts";
export { type RunningSigner, type SignerDependencies, startSigner } from "./startSigner.ts";
export { createState, openState } from "./state/index.ts";
