const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const prefix = Buffer.from([127, 134, 189, 116, 210, 221, 210, 137, 145, 18, 253]);

/** The seed in Aleo's text of a private key: base58 of a prefix and 32 bytes. The product never reads such a text. */
export function seedOfKeyText(text: string): Uint8Array {
  const number = Array.from(text).reduce((value, letter) => value * 58n + BigInt(alphabet.indexOf(letter)), 0n);
  const bytes = Buffer.from(number.toString(16).padStart(86, "0"), "hex");
  if (!bytes.subarray(0, prefix.length).equals(prefix)) throw new Error("no private key of Aleo's");
  return Uint8Array.from(bytes.subarray(prefix.length));
}
