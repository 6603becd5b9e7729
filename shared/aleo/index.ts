export { prepareBhp256 } from "./bhp256.ts";
export { formatPlaintext } from "./formatPlaintext.ts";
export { outPacket } from "./outPacket.ts";
export { parsePlaintext } from "./parsePlaintext.ts";
export { boolean, byteList, list, number, type Plaintext, struct } from "./plaintext.ts";
export { type AleoNetwork, type AleoProgram, aleoNetworks, aleoProgram, aleoProgramId } from "./program.ts";
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
  aleoBlockHash,
  type FieldText,
  fieldBytes,
  formatAddress,
  formatBlockHash,
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
