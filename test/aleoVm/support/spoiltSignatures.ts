import type { Hex } from "../../../shared/digest/index.ts";

/** The order of secp256k1's group. */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A signature's parts, for tests that change one: 32 bytes, 32 bytes, 1 byte. */
function change(signature: string, part: (r: string, s: string, v: number) => readonly [string, string, number]): Hex {
  const [r, s, v] = part(signature.slice(2, 66), signature.slice(66, 130), Number.parseInt(signature.slice(130), 16));
  return `0x${r}${s}${v.toString(16).padStart(2, "0")}`;
}

const word = (value: bigint) => value.toString(16).padStart(64, "0");

/** The same signature in the other form that the VM takes: v 0 or 1. */
export const withSmallV = (signature: Hex) => change(signature, (r, s, v) => [r, s, v - 27]);

/** Well-formed, and recovers somebody else. */
export const withOtherV = (signature: Hex) => change(signature, (r, s, v) => [r, s, 55 - v]);

/** The twin with the other s, which anybody can make. */
export const withHighS = (signature: Hex) =>
  change(signature, (r, s, v) => [r, word(order - BigInt(`0x${s}`)), 55 - v]);

/** No signatures at all: the VM ends the transaction at the first of them that it meets. */
export const malformed: Readonly<Record<string, (signature: Hex) => Hex>> = {
  "nothing but zeros": () => `0x${"00".repeat(65)}`,
  "r of zero": (signature) => change(signature, (_r, s, v) => [word(0n), s, v]),
  "s of the group's order": (signature) => change(signature, (r, _s, v) => [r, word(order), v]),
  "v of 5": (signature) => change(signature, (r, s) => [r, s, 5]),
};
