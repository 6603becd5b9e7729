import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitAt } from "../../../shared/aleo/bits.ts";
import { literalTypes } from "../../../shared/aleo/literalTypes.ts";
import { boolean, list, number, numberTypes, type Plaintext, struct } from "../../../shared/aleo/plaintext.ts";
import { plaintextBits } from "../../../shared/aleo/plaintextBits.ts";
import { anyPlaintext } from "./plaintexts.ts";

const bitText = (value: Plaintext) => {
  const bits = plaintextBits(value);
  return Array.from({ length: bits.length }, (_, index) => bitAt(bits, index)).join("");
};
const lowestFirst = (value: number, width: number) => [...value.toString(2).padStart(width, "0")].reverse().join("");

describe("the tagged bits", () => {
  it("of a literal are its kind, its type's number, its size and its value", () => {
    expect(bitText(boolean(true))).toBe(`00${lowestFirst(1, 8)}${lowestFirst(1, 16)}1`);
    expect(bitText(number("u8", 0xa1))).toBe(`00${lowestFirst(9, 8)}${lowestFirst(8, 16)}${lowestFirst(0xa1, 8)}`);
    expect(bitText(number("field", 5))).toBe(`00${lowestFirst(2, 8)}${lowestFirst(253, 16)}101${"0".repeat(250)}`);
  });

  it("of a negative integer are its two's complement", () => {
    expect(bitText(number("i8", -2))).toBe(`00${lowestFirst(4, 8)}${lowestFirst(8, 16)}01111111`);
  });

  it("of a struct name each member and say how long it is", () => {
    const name = `${lowestFirst(16, 8)}${lowestFirst(0x61, 8)}${lowestFirst(0x62, 8)}`;
    expect(bitText(struct(["ab", boolean(false)]))).toBe(
      `01${lowestFirst(1, 8)}${name}${lowestFirst(27, 16)}${bitText(boolean(false))}`,
    );
  });

  it("of an array say how many elements it has and how long each is", () => {
    const element = `${lowestFirst(27, 16)}${bitText(boolean(true))}`;
    expect(bitText(list([boolean(true), boolean(true)]))).toBe(`10${lowestFirst(2, 32)}${element}${element}`);
  });

  it("of two different values are different", () => {
    fc.assert(
      fc.property(anyPlaintext, anyPlaintext, (one, other) => {
        fc.pre(JSON.stringify(one, spelled) !== JSON.stringify(other, spelled));
        expect(bitText(one)).not.toBe(bitText(other));
      }),
    );
  });
});

describe("a number out of its type's range", () => {
  it.each(numberTypes)("is refused: %s", (type) => {
    const { least, limit } = literalTypes[type];
    expect(() => plaintextBits(number(type, least))).not.toThrow();
    expect(() => plaintextBits(number(type, limit - 1n))).not.toThrow();
    expect(() => plaintextBits(number(type, least - 1n))).toThrow(RangeError);
    expect(() => plaintextBits(number(type, limit))).toThrow(RangeError);
  });
});

describe("a value that the VM could not hold is refused:", () => {
  const u8 = number("u8", 1);
  const nested = (levels: number): Plaintext => (levels === 0 ? u8 : list([nested(levels - 1)]));
  const members = (count: number) => struct(...Array.from({ length: count }, (_, at) => [`m${at}`, u8] as const));

  it.each<[string, Plaintext]>([
    ["a struct without members", struct()],
    ["a struct of 33 members", members(33)],
    ["two members of one name", struct(["a", u8], ["a", u8])],
    ["a name that starts with a digit", struct(["1a", u8])],
    ["a name of 32 letters", struct(["a".repeat(32), u8])],
    ["a name with a letter beyond ASCII", struct(["ä", u8])],
    ["no name", struct(["", u8])],
    ["an array without elements", list([])],
    ["an array of 2049 elements", list(Array.from({ length: 2049 }, () => u8))],
    ["33 levels", nested(33)],
    ["a name that is a literal type's", struct(["u8", u8])],
    ["a name that is a literal type's that we don't know", struct(["signature", u8])],
    ["a member of more than 65535 bits", struct(["a", list(Array.from({ length: 2048 }, () => u8))])],
  ])("%s", (_what, value) => {
    expect(() => plaintextBits(value)).toThrow(RangeError);
  });

  it("and just below those limits nothing is", () => {
    const values = [
      members(32),
      nested(32),
      list(Array.from({ length: 2048 }, () => u8)),
      struct(["a".repeat(31), u8]),
    ];
    for (const value of values) expect(plaintextBits(value).length).toBeGreaterThan(0);
  });
});

/** For JSON, which knows no bigint. */
function spelled(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
