export {
  type CeremonyStatement,
  canonicalText,
  ceremonyDigest,
  ceremonyStatementSchema,
  deviceText,
  type KeyUse,
  keyUseSchema,
  mostParticipants,
} from "./statement.ts";
export {
  type CeremonyTranscript,
  formatTranscript,
  readTranscript,
  refuseOtherCertificate,
  transcriptHash,
} from "./transcript.ts";
