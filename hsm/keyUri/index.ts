export { type AnyKeyUri, deviceOf, isKmsUri, parseAnyKeyUri } from "./anyKeyUri.ts";
export { formatKeyUri, type KeyUri, type PinSource, parseKeyUri, tokenOf, type Vendor, vendors } from "./keyUri.ts";
export { formatKmsUri, type KmsUri, parseKmsUri } from "./kmsUri.ts";
