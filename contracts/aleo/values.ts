/** Bytes as Aleo writes an array of u8. */
export function byteArray(bytes: Uint8Array): string {
  return `[${Array.from(bytes, (byte) => `${byte}u8`).join(",")}]`;
}

/**
 * An EVM address as the programs hold one of another chain: 32 bytes, the first 12 of them zero.
 *
 * @param address 0x and 40 hex digits; its checksum is not looked at.
 * @throws RangeError if it is none.
 */
export function remoteAddress(address: string): string {
  return byteArray(Uint8Array.of(...new Uint8Array(12), ...evmBytes(address)));
}

/** An EVM address as the bridge program registers an attestor: 20 bytes. @throws RangeError if it is none. */
export function attestorAddress(address: string): string {
  return byteArray(evmBytes(address));
}

function evmBytes(address: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new RangeError("must be 0x and 40 hex digits");
  return Uint8Array.from(Buffer.from(address.slice(2), "hex"));
}
