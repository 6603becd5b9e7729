import { AttestorError } from "../errors/index.ts";
import { isIdentifier, maxDepth, maxElements, maxMembers } from "./limits.ts";
import { parseLiteral } from "./parseLiteral.ts";
import { list, type Member, type Plaintext, struct } from "./plaintext.ts";

/** Longest text that is looked at: 32 members of 2048 elements would be longer, and no bridge has such a value. */
export const maxTextLength = 65_536;

/**
 * Reads a value as the Aleo VM writes it: structs, arrays and literals, with blanks and line feeds between them. What the VM
 * would only read, it refuses: comments, leading zeros, numbers that wrap around, `string` and `signature`. So a value has one
 * spelling but for blanks.
 *
 * @param name of the value, for the refusal.
 * @throws AttestorError `invalid_field`, saying where it stopped.
 */
export function parsePlaintext(text: string, name: string): Plaintext {
  const reader = new Reader(text, name);
  if (text.length > maxTextLength) throw reader.problem(`must be shorter than ${maxTextLength} characters`);
  const value = readValue(reader, 0);
  if (!reader.isAtEnd()) throw reader.problem("something follows the value");
  return value;
}

/** Stands at a place of a text. */
class Reader {
  readonly #text: string;
  readonly #name: string;
  #at = 0;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  isAtEnd(): boolean {
    this.#skipBlanks();
    return this.#at === this.#text.length;
  }

  /** Goes past that character, if it is the next one that is no blank. */
  take(character: string): boolean {
    this.#skipBlanks();
    const isNext = this.#text[this.#at] === character;
    if (isNext) this.#at++;
    return isNext;
  }

  expect(character: string): void {
    if (!this.take(character)) throw this.problem(`${character} is missing`);
  }

  /** Goes past letters, digits, `_` and `-`. @returns what they are; nothing, if there is none. */
  word(): string {
    this.#skipBlanks();
    return this.#take(/[A-Za-z0-9_-]*/y);
  }

  /** A refusal that tells where, and never quotes the text: it comes from a machine that we do not trust. */
  problem(reason: string): AttestorError {
    return new AttestorError("invalid_field", {
      field: this.#name,
      reason: `is no Aleo value: ${reason} at character ${this.#at + 1}`,
    });
  }

  #skipBlanks(): void {
    this.#take(/[ \n]*/y);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [taken = ""] = pattern.exec(this.#text) ?? [];
    this.#at += taken.length;
    return taken;
  }
}

function readValue(reader: Reader, depth: number): Plaintext {
  const isStruct = reader.take("{");
  if (!isStruct && !reader.take("[")) return readLiteral(reader);
  if (depth === maxDepth) throw reader.problem(`more than ${maxDepth} levels are nested`);
  return isStruct ? readStruct(reader, depth + 1) : readList(reader, depth + 1);
}

function readLiteral(reader: Reader): Plaintext {
  const literal = parseLiteral(reader.word());
  if (literal === undefined) throw reader.problem("no value of a known type ends");
  return literal;
}

function readStruct(reader: Reader, depth: number): Plaintext {
  const members: Member[] = [];
  const names = new Set<string>();
  do {
    const name = reader.word();
    if (!isIdentifier(name)) throw reader.problem("no member's name ends");
    if (names.has(name)) throw reader.problem("a member's name is there twice");
    if (members.length === maxMembers) throw reader.problem(`a struct has more than ${maxMembers} members`);
    names.add(name);
    reader.expect(":");
    members.push([name, readValue(reader, depth)]);
  } while (reader.take(","));
  reader.expect("}");
  return struct(...members);
}

function readList(reader: Reader, depth: number): Plaintext {
  const elements: Plaintext[] = [];
  do {
    if (elements.length === maxElements) throw reader.problem(`an array has more than ${maxElements} elements`);
    elements.push(readValue(reader, depth));
  } while (reader.take(","));
  reader.expect("]");
  return list(elements);
}
