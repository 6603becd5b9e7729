import { AttestorError } from "../../shared/errors/index.ts";
import { evmAddressBytes } from "../../shared/packet/index.ts";

/** Signatures that one call holds: a bridge's arrays have so many slots, Verulink's and ours. */
export const signatureSlots = 5;

/** The version that a bridge's program builds into each packet: one of another version can never be consumed. */
export const consumedVersion = 1;

/** The slots of a call in their order: what is there, then what fills the rest up. */
export function slotsOf<T, F>(used: readonly T[], filling: F): (T | F)[] {
  return Array.from({ length: signatureSlots }, (_, slot) => used[slot] ?? filling);
}

/** An array as Aleo writes it. */
export function array(elements: readonly string[]): string {
  return `[${elements.join(",")}]`;
}

export function byteArray(bytes: Uint8Array): string {
  return array(Array.from(bytes, (byte) => `${byte}u8`));
}

/** The 20 bytes of an EVM address that was admitted. */
export function bytesOfAddress(address: string): Uint8Array {
  const bytes = evmAddressBytes(address);
  if (bytes) return bytes;
  throw new AttestorError("internal", { reason: "what was admitted holds an address that is none" });
}
