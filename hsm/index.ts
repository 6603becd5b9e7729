/** Key custody. Nothing here loads a vendor's module: that happens in the keeper process only. */
export {
  type CeremonyStatement,
  type CeremonyTranscript,
  deviceText,
  formatTranscript,
  type KeyUse,
  keyUseSchema,
  mostParticipants,
  readTranscript,
  refuseOtherCertificate,
  transcriptHash,
} from "./ceremony/index.ts";
export { ceremonySpec } from "./keeper/ceremonySpec.ts";
export { type Checkpoint, checkpointDigest } from "./keeper/checkpoint.ts";
export {
  type AnyKeySpec,
  type AuditKeySpec,
  type KeySpec,
  type SealedKeySpec,
  sealedKeySpecSchema,
} from "./keeper/keySpec.ts";
export { type Keeper, type KeeperKey, type KeeperOptions, startKeeper } from "./keeper/startKeeper.ts";
export { keeperConfig } from "./keeper/supervisor/config.ts";
export { startSupervisor } from "./keeper/supervisor/startSupervisor.ts";
export type { KeeperStatus, SignedDigest } from "./keeper/tokenKeeper.ts";
export type { Keystore, SigningKey } from "./keystore.ts";
export {
  type AnyKeyUri,
  formatKeyUri,
  formatKmsUri,
  formatSealedUri,
  isKmsUri,
  isSealedUri,
  isTokenUri,
  type KeyUri,
  type KmsUri,
  type PinSource,
  parseAnyKeyUri,
  parseKeyUri,
  parseSealedUri,
  type SealedUri,
  type Vendor,
  vendors,
} from "./keyUri/index.ts";
