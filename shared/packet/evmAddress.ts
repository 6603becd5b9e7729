import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { keccak256 } from "../keccak/index.ts";
import { recent } from "../recent/index.ts";

/**
 * The EIP-55 spelling of a 20-byte address: a hex letter is upper case where the matching nibble of
 * keccak256(lower-case hex) is 8 or more. One packet's addresses are spelled by the route's rules and by its digest.
 *
 * @param lowerHex 40 lower-case hex digits, without `0x`.
 */
const checksummed = recent(1_024, (lowerHex) => {
  const hash = keccak256(utf8ToBytes(lowerHex));
  let spelled = "0x";
  for (let index = 0; index < lowerHex.length; index += 1) {
    const nibble = (hash[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0);
    spelled += nibble & 8 ? lowerHex.charAt(index).toUpperCase() : lowerHex.charAt(index);
  }
  return spelled;
});

/**
 * Reads a 20-byte address: `0x` and 40 hex digits in one letter case throughout, or in correct EIP-55. A mixed-case
 * text with a wrong checksum is a typing error, not an address.
 *
 * @returns the EIP-55 spelling, or undefined.
 */
export function canonicalEvmAddress(text: string): string | undefined {
  const digits = /^0x([0-9a-fA-F]{40})$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const canonical = checksummed(digits.toLowerCase());
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  return oneCase || text === canonical ? canonical : undefined;
}

/** The 20 bytes of an address in any spelling that {@link canonicalEvmAddress} accepts, or undefined. */
export function evmAddressBytes(text: string): Uint8Array | undefined {
  const canonical = canonicalEvmAddress(text);
  return canonical === undefined ? undefined : hexToBytes(canonical.slice(2).toLowerCase());
}

/** The EIP-55 address of 20 bytes. */
export function evmAddressOf(bytes: Uint8Array): string {
  return checksummed(bytesToHex(bytes));
}
