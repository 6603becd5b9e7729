export { formatKeyUri, type KeyUri, type PinSource, parseKeyUri, tokenOf } from "./keyUri.ts";
