const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const bech32mConstant = 0x2bc830a3;
const checksumLength = 6;

/**
 * The bytes of a bech32m text (BIP-350) in its one spelling: lower case, that prefix, that many bytes, unused bits zero.
 * BIP-173's limit of 90 characters is left out, because Aleo's signatures are longer.
 *
 * @returns the bytes, or undefined if the text is anything else.
 */
export function decodeBech32m(text: string, prefix: string, byteLength: number): Uint8Array | undefined {
  const digitCount = Math.ceil((byteLength * 8) / 5);
  if (text.length !== prefix.length + 1 + digitCount + checksumLength || !text.startsWith(`${prefix}1`))
    return undefined;
  const digits = Array.from(text.slice(prefix.length + 1), (letter) => charset.indexOf(letter));
  if (digits.includes(-1) || polymod([...expand(prefix), ...digits]) !== bech32mConstant) return undefined;
  return bytesOf(digits.slice(0, digitCount), byteLength);
}

export function encodeBech32m(prefix: string, bytes: Uint8Array): string {
  const digits = digitsOf(bytes);
  const sum = polymod([...expand(prefix), ...digits, 0, 0, 0, 0, 0, 0]) ^ bech32mConstant;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (sum >>> shift) & 31);
  return `${prefix}1${[...digits, ...checksum].map((digit) => charset[digit]).join("")}`;
}

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

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function bytesOf(digits: readonly number[], byteLength: number): Uint8Array | undefined {
  const bytes = new Uint8Array(byteLength);
  let [pending, pendingBits, at] = [0, 0, 0];
  for (const digit of digits) {
    pending = (pending << 5) | digit;
    pendingBits += 5;
    if (pendingBits < 8) continue;
    pendingBits -= 8;
    bytes[at++] = pending >> pendingBits;
    pending &= (1 << pendingBits) - 1;
  }
  return pending === 0 ? bytes : undefined;
}

function digitsOf(bytes: Uint8Array): number[] {
  const digits: number[] = [];
  let [pending, pendingBits] = [0, 0];
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      digits.push(pending >> pendingBits);
      pending &= (1 << pendingBits) - 1;
    }
  }
  return pendingBits === 0 ? digits : [...digits, pending << (5 - pendingBits)];
}
