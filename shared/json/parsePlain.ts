import { JsonNumber } from "./jsonNumber.ts";

/** What makes a text other than plain: an escape in a string, or a character that a string must not hold. */
const unplain = /[^ -[\]-\uffff]/;

/** RFC 8259 §6. */
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

const words: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/** Deeper nesting is left to the engine's own parser. */
const deepest = 32;

/**
 * Parses the JSON that programs write to each other: no escapes, no line breaks, no deep nesting. It sees duplicate keys and
 * keeps the digits of numbers in one pass, where the engine's parser with a reviver, and a second look at the keys, take
 * several times as long.
 *
 * @returns undefined for everything else, sound or not: whoever asks then has to find out.
 */
export function parsePlain(text: string): unknown {
  if (unplain.test(text)) return undefined;
  try {
    const reader = new PlainReader(text);
    const value = reader.value(0);
    return reader.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

const notPlain = Symbol("not plain");

class PlainReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return Number.isNaN(this.#next());
  }

  value(depth: number): unknown {
    if (depth > deepest) throw notPlain;
    switch (this.#next()) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#object(depth);
      case 0x5b:
        return this.#list(depth);
      default:
        return this.#wordOrNumber();
    }
  }

  #object(depth: number): object {
    const members: Record<string, unknown> = {};
    this.#at += 1;
    if (this.#skips(0x7d)) return members;
    do {
      if (this.#next() !== 0x22) throw notPlain;
      const key = this.#string();
      if (!this.#skips(0x3a) || key === "__proto__" || Object.hasOwn(members, key)) throw notPlain;
      members[key] = this.value(depth + 1);
    } while (this.#skips(0x2c));
    if (!this.#skips(0x7d)) throw notPlain;
    return members;
  }

  #list(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    if (this.#skips(0x5d)) return items;
    do items.push(this.value(depth + 1));
    while (this.#skips(0x2c));
    if (!this.#skips(0x5d)) throw notPlain;
    return items;
  }

  #string(): string {
    const end = this.#text.indexOf('"', this.#at + 1);
    if (end < 0) throw notPlain;
    const content = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return content;
  }

  #number(): JsonNumber {
    number.lastIndex = this.#at;
    const [digits] = number.exec(this.#text) ?? [];
    if (digits === undefined) throw notPlain;
    this.#at += digits.length;
    return new JsonNumber(digits);
  }

  #wordOrNumber(): boolean | null | JsonNumber {
    const found = words.find(([word]) => this.#text.startsWith(word, this.#at));
    if (!found) return this.#number();
    this.#at += found[0].length;
    return found[1];
  }

  /** The character code behind the blanks, which are skipped; NaN at the end. */
  #next(): number {
    while (this.#text.charCodeAt(this.#at) === 0x20) this.#at += 1;
    return this.#text.charCodeAt(this.#at);
  }

  #skips(code: number): boolean {
    if (this.#next() !== code) return false;
    this.#at += 1;
    return true;
  }
}
