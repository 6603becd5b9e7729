import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSubgroupX } from "../../../shared/aleo/curve.ts";
import { isAleoAddress } from "../../../shared/packet/index.ts";

const zeroAddress = "aleo1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq3ljyzc";
const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** Every Aleo address that Verulink's vectors name, and the zero address of its contracts. */
const known = [
  ...new Set(
    ["verulink-aleo.json", "verulink-evm.json"].flatMap(
      (file) =>
        readFileSync(new URL(`../../vectors/${file}`, import.meta.url), "utf8").match(/aleo1[a-z0-9]{58}/g) ?? [],
    ),
  ),
  zeroAddress,
];
const anyKnown = fc.constantFrom(...known);

describe("an Aleo address", () => {
  it("has samples to test with", () => {
    expect(known.length).toBeGreaterThan(4);
  });

  it.each(known)("is %s", (address) => {
    expect(isAleoAddress(address)).toBe(true);
  });

  it("is no longer one when any one character is another", () => {
    fc.assert(
      fc.property(
        anyKnown,
        fc.nat(62),
        fc.constantFrom(...charset, "1", "b", "i", "o", "A", " "),
        (text, at, letter) => {
          fc.pre(text[at] !== letter);
          expect(isAleoAddress(text.slice(0, at) + letter + text.slice(at + 1))).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("is no longer one when two neighbours change places", () => {
    fc.assert(
      fc.property(anyKnown, fc.integer({ min: 5, max: 61 }), (text, at) => {
        fc.pre(text[at] !== text[at + 1]);
        expect(isAleoAddress(text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2))).toBe(false);
      }),
    );
  });

  it("is no longer one when a character is added or lost", () => {
    fc.assert(
      fc.property(anyKnown, fc.nat(63), fc.constantFrom(...charset), (text, at, letter) => {
        expect(isAleoAddress(text.slice(0, at) + letter + text.slice(at))).toBe(false);
        expect(isAleoAddress(text.slice(0, Math.min(at, 62)) + text.slice(Math.min(at, 62) + 1))).toBe(false);
      }),
    );
  });

  it("has one spelling: no capitals, no blanks", () => {
    expect(isAleoAddress(zeroAddress.toUpperCase())).toBe(false);
    expect(isAleoAddress(` ${zeroAddress}`)).toBe(false);
    expect(isAleoAddress(`${zeroAddress}\n`)).toBe(false);
  });

  it("is not a text of the older checksum (bech32), nor one with other padding", () => {
    const digits = Array.from({ length: 52 }, () => 0);
    expect(isAleoAddress(encode(digits, bech32m))).toBe(true);
    expect(encode(digits, bech32m)).toBe(zeroAddress);
    expect(isAleoAddress(encode(digits, bech32))).toBe(false);
    for (const unusedBits of [1, 2, 4, 8, 15]) {
      expect(isAleoAddress(encode([...digits.slice(0, 51), unusedBits], bech32m))).toBe(false);
    }
  });

  it("is not a text with a correct checksum that names no account", () => {
    const withX = (x: bigint) => encode(digitsOf(x), bech32m);
    expect(withX(0n)).toBe(zeroAddress);
    const points = [...Array(64).keys()].filter((x) => isAleoAddress(withX(BigInt(x))));
    expect(points, "about every fourth number is the x of a point in the group of a fourth of the points").toEqual(
      [...Array(64).keys()].filter((x) => isSubgroupX(BigInt(x))),
    );
    expect(points.length).toBeGreaterThan(4);
    expect(points.length).toBeLessThan(32);
    expect(isAleoAddress(withX(2n ** 255n)), "beyond the field").toBe(false);
  });
});

/** 32 little-endian bytes of the number in groups of five bits, the first bits of a byte first. */
function digitsOf(x: bigint): number[] {
  const bytes = Array.from({ length: 32 }, (_, at) => Number((x >> BigInt(8 * at)) & 255n));
  const bits = `${bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("")}0000`;
  return (bits.match(/.{5}/g) ?? []).map((group) => Number.parseInt(group, 2));
}

const bech32 = 1n;
const bech32m = 0x2bc830a3n;

/** BIP-173's checksum as division of polynomials over GF(32), with bigints: another way than the code under test. */
function encode(digits: readonly number[], constant: bigint): string {
  const generators = [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n];
  const letters = [...Buffer.from("aleo")];
  const input = [...letters.map((c) => c >> 5), 0, ...letters.map((c) => c & 31), ...digits, 0, 0, 0, 0, 0, 0];
  let sum = 1n;
  for (const digit of input) {
    const top = sum >> 25n;
    sum = ((sum & 0x1ffffffn) << 5n) ^ BigInt(digit);
    generators.forEach((generator, bit) => {
      if ((top >> BigInt(bit)) & 1n) sum ^= generator;
    });
  }
  sum ^= constant;
  const checksum = [5n, 4n, 3n, 2n, 1n, 0n].map((place) => Number((sum >> (5n * place)) & 31n));
  return `aleo1${[...digits, ...checksum].map((digit) => charset[digit]).join("")}`;
}
