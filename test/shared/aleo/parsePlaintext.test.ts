import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldModulus } from "../../../shared/aleo/field.ts";
import { formatPlaintext } from "../../../shared/aleo/formatPlaintext.ts";
import { maxTextLength, parsePlaintext } from "../../../shared/aleo/parsePlaintext.ts";
import { boolean, list, number, type Plaintext, struct } from "../../../shared/aleo/plaintext.ts";
import { plaintextBits } from "../../../shared/aleo/plaintextBits.ts";
import { formatAddress } from "../../../shared/aleo/text.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { chosenSeed } from "../../support/random.ts";
import { refusal } from "../refusal.ts";
import { anyPlaintext } from "./plaintexts.ts";

const read = (text: string) => parsePlaintext(text, "value");
const refused = (text: string) => refusal("invalid_field", () => read(text)).data;
const seed = chosenSeed();

/** A value as snarkVM prints it: two blanks a level, an element a line. */
function printed(value: Plaintext, indent = ""): string {
  const inner = `${indent}  `;
  if (value.kind === "literal") return formatPlaintext(value);
  if (value.kind === "list") {
    return `[\n${value.elements.map((element) => inner + printed(element, inner)).join(",\n")}\n${indent}]`;
  }
  const members = value.members.map(([name, member]) => `${inner}${name}: ${printed(member, inner)}`);
  return `{\n${members.join(",\n")}\n${indent}}`;
}

describe("the text of a value", () => {
  it("is read with members, elements and literals in their places", () => {
    expect(read("{\n  a: [\n    1u8,\n    255u8\n  ],\n  b: {\n    c: true,\n    d: -128i8\n  }\n}")).toEqual(
      struct(
        ["a", list([number("u8", 1), number("u8", 255)])],
        ["b", struct(["c", boolean(true)], ["d", number("i8", -128)])],
      ),
    );
  });

  it(`is read as what it was written from, with and without blanks (SEED=${seed})`, () => {
    fc.assert(
      fc.property(anyPlaintext, (value) => {
        expect(read(printed(value))).toEqual(value);
        expect(read(formatPlaintext(value))).toEqual(value);
      }),
      { seed },
    );
  });

  it("holds a name such as true or a, which no literal type has", () => {
    expect(read("{true:1u8,u256:false}")).toEqual(struct(["true", number("u8", 1)], ["u256", boolean(false)]));
  });
});

describe("a text is refused for", () => {
  it.each([
    ["nothing", ""],
    ["blanks", "  \n"],
    ["the word null, which stands for absence and is no value", "null"],
    ["an empty struct", "{}"],
    ["an empty array", "[]"],
    ["a comma at the end of a struct", "{a:1u8,}"],
    ["a comma at the end of an array", "[1u8,]"],
    ["a comma at the beginning", "[,1u8]"],
    ["two commas", "[1u8,,2u8]"],
    ["no comma", "[1u8 2u8]"],
    ["an open struct", "{a:1u8"],
    ["an open array", "[1u8"],
    ["the wrong bracket", "[1u8}"],
    ["a bracket too many", "{a:1u8}}"],
    ["a second value", "1u8 2u8"],
    ["a member without a name", "{:1u8}"],
    ["a member without a value", "{a:}"],
    ["a member without a colon", "{a 1u8}"],
    ["an element with a name", "[a:1u8]"],
    ["a name twice", "{a:1u8,a:1u8}"],
    ["a name that starts with a digit", "{1a:1u8}"],
    ["a name with a hyphen", "{a-b:1u8}"],
    ["a name of 32 letters", `{${"a".repeat(32)}:1u8}`],
    ["a name that is a type's", "{field:1u8}"],
    ["a name that is JSON's", '{"a":1u8}'],
    ["a visibility", "{a:1u8.public}"],
    ["a comment", "{/* c */a:1u8}"],
    ["a comment to the end of the line", "{a:1u8 // c\n}"],
    ["a tab", "{\ta:1u8}"],
    ["a carriage return", "{\r\na:1u8}"],
    ["a blank beyond ASCII", "{\u00a0a:1u8}"],
    ["a byte order mark", "\ufeff1u8"],
    ["a zero byte", "1u8\0"],
  ])("%s", (_what, text) => {
    expect(refused(text).reason).toMatch(/^is no Aleo value: .* at character \d+$/);
  });

  it.each([
    ["a number without a type", "1"],
    ["a type without a number", "u8"],
    ["an unknown type", "1u256"],
    ["a type in capitals", "1U8"],
    ["a leading zero", "01u8"],
    ["minus zero", "-0i8"],
    ["a plus", "+1u8"],
    ["two signs", "--1i8"],
    ["a blank in a number", "1 u8"],
    ["an underscore", "1_000u16"],
    ["a fraction", "1.0u8"],
    ["an exponent", "1e2u8"],
    ["hex", "0x1u8"],
    ["more than u8", "256u8"],
    ["less than u8", "-1u8"],
    ["more than i8", "128i8"],
    ["less than i8", "-129i8"],
    ["more than u128", `${1n << 128n}u128`],
    ["the modulus, which snarkVM reads as 0", `${fieldModulus}field`],
    ["a negative field, which snarkVM wraps around", "-1field"],
    ["a thousand digits", `${"1".repeat(1_000)}field`],
    ["a group that is no point", "3group"],
    ["an address as a number", "0address"],
    ["an address with a wrong checksum", formatAddress(0n).replace(/c$/, "q")],
    ["an address that is no point", formatAddress(3n)],
    ["an address in capitals", formatAddress(0n).toUpperCase()],
    ["a boolean in capitals", "True"],
    ["a boolean as a number", "1boolean"],
    ["a signature", "sign1qqqq"],
    ["a string", '"abc"'],
  ])("%s", (_what, text) => {
    refused(text);
    refused(`{a:${text}}`);
    refused(`[${text},1u8]`);
  });
});

describe("a text that is too much", () => {
  it.each([
    ["33 members", `{${Array.from({ length: 33 }, (_, at) => `m${at}:1u8`).join(",")}}`, "more than 32 members"],
    ["2049 elements", `[${Array(2049).fill("1u8").join(",")}]`, "more than 2048 elements"],
    ["33 levels", `${"[".repeat(33)}1u8${"]".repeat(33)}`, "more than 32 levels"],
    ["30,000 levels", "[".repeat(30_000), "more than 32 levels"],
    ["more than its length", `1u8${" ".repeat(maxTextLength)}`, "must be shorter"],
  ])("is refused: %s", (_what, text, reason) => {
    expect(refused(text).reason).toContain(reason);
  });

  it("begins just above what is taken", () => {
    read(`{${Array.from({ length: 32 }, (_, at) => `m${at}:1u8`).join(",")}}`);
    read(`[${Array(2048).fill("1u8").join(",")}]`);
    read(`${"[".repeat(32)}1u8${"]".repeat(32)}`);
  });
});

describe("whatever the text", () => {
  /** A sound text with a few characters replaced, added, doubled or lost. */
  const damaged = fc
    .tuple(
      anyPlaintext.map(printed),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...'{}[],:-_ \n019auftirk"\0é')), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([text, changes]) =>
      changes.reduce((whole, [place, removed, added]) => {
        const at = place % (whole.length + 1);
        return whole.slice(0, at) + added.repeat(removed % 2) + whole.slice(at + removed);
      }, text),
    );
  const anyText = fc.oneof(
    damaged,
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."{}[],: 1u8ab") }),
  );

  it(`is read to a value that is written as that text, but for blanks, or refused without a word of it (SEED=${seed})`, () => {
    let read = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        const outcome = attempt(text);
        if (outcome === undefined) return;
        read++;
        expect(formatPlaintext(outcome)).toBe(text.replaceAll(/[ \n]/g, ""));
        expect(plaintextBits(outcome).length).toBeGreaterThan(0);
      }),
      { seed, numRuns: 3_000 },
    );
    expect(read, "some texts were sound after all").toBeGreaterThan(0);
  });

  function attempt(text: string): Plaintext | undefined {
    try {
      return read(text);
    } catch (error) {
      if (!isAttestorError(error, "invalid_field")) throw error;
      expect(error.data.field).toBe("value");
      expect(error.data.reason).toMatch(/^is no Aleo value: [a-z0-9 ,:[\]{}'<]+ at character \d+$/i);
      return undefined;
    }
  }
});
