import { bytesToHex } from "@noble/hashes/utils.js";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Characters that stand for themselves in a value, besides letters and digits (RFC 7512 §2.3: `unreserved`,
 * `pk11-path-res-avail` and, after the question mark, `pk11-query-res-avail`).
 */
const plain = { path: "-._~:[]@!$'()*+,=&", query: "-._~:[]@!$'()*+,=/?|" } as const;
export type UriPart = keyof typeof plain;

/** Decodes a percent-encoded value; undefined if it holds a character or escape that the part does not allow. */
export function percentDecode(text: string, part: UriPart): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === "%") {
      const digits = text.slice(index + 1, index + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return undefined;
      bytes.push(Number.parseInt(digits, 16));
      index += 2;
    } else if (isPlain(character, part)) {
      bytes.push(character.charCodeAt(0));
    } else {
      return undefined;
    }
  }
  return Uint8Array.from(bytes);
}

/** The text that the bytes are in UTF-8; undefined if they are not. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Encodes text so that {@link percentDecode} returns its UTF-8 bytes. */
export function percentEncode(text: string, part: UriPart): string {
  return [...Buffer.from(text, "utf8")].map((byte) => encodeByte(byte, part)).join("");
}

/** Encodes every byte, plain or not: how RFC 7512 §2.3 wants `id` written. */
export function percentEncodeAll(bytes: Uint8Array): string {
  return bytesToHex(bytes).replace(/../g, (digits) => `%${digits}`);
}

function encodeByte(byte: number, part: UriPart): string {
  const character = String.fromCharCode(byte);
  return byte < 0x80 && isPlain(character, part) ? character : percentEncodeAll(Uint8Array.of(byte));
}

function isPlain(character: string, part: UriPart): boolean {
  return /^[A-Za-z0-9]$/.test(character) || plain[part].includes(character);
}
