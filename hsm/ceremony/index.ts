export {
  type CeremonyStatement,
  canonicalText,
  ceremonyDigest,
  ceremonyStatementSchema,
  type KeyUse,
  keyUseSchema,
} from "./statement.ts";
export {
  type CeremonyTranscript,
  formatTranscript,
  readTranscript,
  refuseOtherCertificate,
  transcriptHash,
} from "./transcript.ts";
