export { prepareBhp256 } from "./bhp256.ts";
export { outPacket } from "./outPacket.ts";
export { parsePlaintext } from "./parsePlaintext.ts";
export type { Plaintext } from "./plaintext.ts";
export { type AleoNetwork, type AleoProgram, aleoNetworks, aleoProgram } from "./program.ts";
export { aleoAddress, schnorrText } from "./schemas.ts";
export {
  type AleoAccount,
  accountOfSeed,
  fieldMessage,
  isSchnorrText,
  type Message,
  type SchnorrText,
  seedBytes,
  signerOfMessage,
  signMessage,
  statementMessage,
  verifiesMessage,
} from "./schnorr/index.ts";
export {
  type AleoAddressText,
  type FieldText,
  fieldBytes,
  formatAddress,
  formatField,
  isFieldText,
  parseAddress,
  parseField,
} from "./text.ts";
export {
  type AleoDigest,
  type AleoDigestOf,
  verulinkAleoEcdsa,
  verulinkAleoEcdsaDomain,
  verulinkAleoSchnorr,
} from "./verulinkDigests.ts";
export { type VerulinkHashes, verulinkHashes } from "./verulinkHashes.ts";
