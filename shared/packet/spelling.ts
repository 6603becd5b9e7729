import { isFieldText } from "../aleo/text.ts";
import { isAleoAddress } from "./aleoAddress.ts";
import { canonicalEvmAddress } from "./evmAddress.ts";

/** The kinds of chain whose addresses we can spell. */
export const chainFamilies = ["evm", "aleo"] as const;
export type ChainFamily = (typeof chainFamilies)[number];

/**
 * Each address has one spelling on the wire: EIP-55 on EVM chains, lower-case bech32m on Aleo. Two spellings of one
 * address would be two digests for one packet.
 *
 * @returns why `text` is not that spelling, or undefined if it is.
 */
export function misspelling(family: ChainFamily, text: string): string | undefined {
  if (family === "aleo")
    return isAleoAddress(text) ? undefined : "is not a valid Aleo address (aleo1…, bech32m, a point of the group)";
  const canonical = canonicalEvmAddress(text);
  if (canonical === undefined) return "is not a valid EVM address (0x and 40 hex digits, EIP-55)";
  return canonical === text ? undefined : "is not in EIP-55 spelling";
}

/**
 * As {@link misspelling}, for a token: on EVM chains it is a contract, which has an address; on Aleo it is an entry of a
 * registry, which has a field element as its id.
 */
export function tokenMisspelling(family: ChainFamily, text: string): string | undefined {
  if (family === "evm") return misspelling(family, text);
  return isFieldText(text) ? undefined : "is not a valid Aleo token id (a field, such as 12field)";
}
