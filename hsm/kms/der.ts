/** Bytes of r and of s. */
const width = 32;

/**
 * Reads an ECDSA signature in DER (`SEQUENCE { INTEGER r, INTEGER s }`, RFC 3279 §2.2.3) as 64 bytes r ‖ s.
 *
 * Strict: every signature has one accepted spelling (X.690 §10.1, §8.3.2), nothing may follow it, and neither integer
 * may be zero, negative or longer than the curve's order. Whether it verifies is for whoever releases it to find out.
 *
 * @returns undefined for anything else.
 */
export function parseEcdsaSignature(der: Uint8Array): Uint8Array | undefined {
  // two integers of at most 33 bytes: all lengths fit the one-byte form
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const r = integerAt(der, 2);
  const s = r && integerAt(der, r.end);
  if (!r || !s || s.end !== der.length) return undefined;
  const raw = new Uint8Array(2 * width);
  raw.set(r.digits, width - r.digits.length);
  raw.set(s.digits, 2 * width - s.digits.length);
  return raw;
}

/** The positive integer that starts there, without leading zeros; undefined if there is none in its shortest form. */
function integerAt(der: Uint8Array, start: number): { digits: Uint8Array; end: number } | undefined {
  const length = der[start + 1];
  if (der[start] !== 0x02 || length === undefined || length === 0) return undefined;
  const end = start + 2 + length;
  if (end > der.length) return undefined;
  const [first = 0x80, second = 0] = der.subarray(start + 2, end);
  const padded = first === 0;
  if (first >= 0x80 || (padded && second < 0x80)) return undefined; // negative, zero, or padded without need
  const digits = der.subarray(start + (padded ? 3 : 2), end);
  return digits.length <= width ? { digits, end } : undefined;
}
