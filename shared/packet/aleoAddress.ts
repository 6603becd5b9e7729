import { decodeBech32m } from "../aleo/bech32m.ts";

/**
 * True if `text` is an Aleo address in its one spelling: bech32m (BIP-350), prefix `aleo`, lower case, 32 bytes.
 * Whether the 32 bytes are a point of the curve is not checked here.
 */
export function isAleoAddress(text: string): boolean {
  return decodeBech32m(text, "aleo", 32) !== undefined;
}
