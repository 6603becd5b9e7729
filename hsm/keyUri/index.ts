export {
  type AnyKeyUri,
  deviceOf,
  devicePlaceOf,
  formatAnyKeyUri,
  isKmsUri,
  isSealedUri,
  isTokenUri,
  parseAnyKeyUri,
} from "./anyKeyUri.ts";
export { formatKeyUri, type KeyUri, type PinSource, parseKeyUri, tokenOf, type Vendor, vendors } from "./keyUri.ts";
export { formatKmsUri, type KmsUri, parseKmsUri } from "./kmsUri.ts";
export { formatSealedUri, parseSealedUri, type SealedUri } from "./sealedUri.ts";
