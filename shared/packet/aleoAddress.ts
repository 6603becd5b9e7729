import { isSubgroupX } from "../aleo/curve.ts";
import { addressNumber } from "../aleo/text.ts";

/**
 * True if `text` is an Aleo address in its one spelling: bech32m (BIP-350), prefix `aleo`, lower case, 32 bytes, which are
 * the x-coordinate of a point of the group. A text that passes only the checksum names no account: nobody could ever
 * consume a packet for it, and the Aleo VM refuses it.
 */
export function isAleoAddress(text: string): boolean {
  const x = addressNumber(text);
  return x !== undefined && isSubgroupX(x);
}
