export { formatKeyUri, type KeyUri, type PinSource, parseKeyUri, tokenOf, type Vendor, vendors } from "./keyUri.ts";
