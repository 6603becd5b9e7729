import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The EIP-55 spelling of a 20-byte address: a hex letter is upper case where the matching nibble of
 * keccak256(lower-case hex) is 8 or more.
 *
 * @param lowerHex 40 lower-case hex digits, without `0x`.
 */
function checksummed(lowerHex: string): string {
  const hash = bytesToHex(keccak_256(utf8ToBytes(lowerHex)));
  const letters = [...lowerHex].map((digit, index) =>
    Number.parseInt(hash.charAt(index), 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${letters.join("")}`;
}

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
