const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const bech32mConstant = 0x2bc830a3;

/** The checksum polynomial of BIP-173 and BIP-350. */
function polymod(values: readonly number[]): number {
  return values.reduce((sum, value) => {
    const shifted = ((sum & 0x1ffffff) << 5) ^ value;
    return generators.reduce(
      (mixed, generator, bit) => ((sum >>> (25 + bit)) & 1 ? mixed ^ generator : mixed),
      shifted,
    );
  }, 1);
}

/**
 * True if `text` is an Aleo address in its one spelling: bech32m (BIP-350), prefix `aleo`, lower case, 32 bytes.
 * Whether the 32 bytes are a point of the curve is not checked here.
 */
export function isAleoAddress(text: string): boolean {
  const data = /^aleo1([02-9ac-hj-np-z]{58})$/.exec(text)?.[1];
  if (data === undefined) return false;
  const digits = [...data].map((letter) => charset.indexOf(letter));
  const prefix = [..."aleo"].map((letter) => letter.charCodeAt(0));
  const expanded = [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...digits];
  const unusedBits = (digits[51] ?? 0) & 0b1111;
  return polymod(expanded) === bech32mConstant && unusedBits === 0;
}
