import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBech32m, encodeBech32m } from "../../../shared/aleo/bech32m.ts";
import { isSubgroupX } from "../../../shared/aleo/curve.ts";
import { fieldModulus } from "../../../shared/aleo/field.ts";
import { formatAddress, formatField, parseAddress, parseField } from "../../../shared/aleo/text.ts";
import { refusal } from "../refusal.ts";

const element = fc.oneof(fc.bigInt(0n, fieldModulus - 1n), fc.constantFrom(0n, 1n, fieldModulus - 1n));

describe("bech32m", () => {
  const prefix = fc.stringMatching(/^[a-z]{1,8}$/);
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 140 });

  it("reads what it wrote, and only as what it was", () => {
    fc.assert(
      fc.property(prefix, bytes, (name, content) => {
        const text = encodeBech32m(name, content);
        expect(decodeBech32m(text, name, content.length)).toEqual(content);
        expect(decodeBech32m(text, name, content.length + 1)).toBeUndefined();
        expect(decodeBech32m(text, `${name}x`, content.length)).toBeUndefined();
        expect(decodeBech32m(text.toUpperCase(), name, content.length)).toBeUndefined();
      }),
    );
  });

  it("notices any one changed character", () => {
    fc.assert(
      fc.property(
        prefix,
        bytes,
        fc.nat(),
        fc.constantFrom(..."qpzry9x8gf2tvdw0s3jn54khce6mua7l1bio"),
        (name, content, at, letter) => {
          const text = encodeBech32m(name, content);
          const place = at % text.length;
          fc.pre(text[place] !== letter);
          const changed = text.slice(0, place) + letter + text.slice(place + 1);
          expect(decodeBech32m(changed, name, content.length)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a1lqfn3a", "a", 0],
    ["abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", "abcdef", 20],
    ["split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "split", 30],
  ])("agrees with BIP-350 on %s", (text, name, length) => {
    const content = decodeBech32m(text, name, length);
    expect(content).toHaveLength(length);
    expect(encodeBech32m(name, content ?? new Uint8Array())).toBe(text);
  });

  it("refuses BIP-350's text with a wrong checksum", () => {
    expect(decodeBech32m("a1lqfn3q", "a", 0)).toBeUndefined();
  });
});

describe("an address", () => {
  it("is read as the x-coordinate that it was written from", () => {
    fc.assert(
      fc.property(element.filter(isSubgroupX), (x) => {
        expect(parseAddress(formatAddress(x), "receiver")).toBe(x);
      }),
      { numRuns: 40 },
    );
  });

  it("is refused when its x is not of the subgroup, though the checksum is right", () => {
    fc.assert(
      fc.property(
        element.filter((x) => !isSubgroupX(x)),
        (x) => {
          const { data } = refusal("invalid_field", () => parseAddress(formatAddress(x), "receiver"));
          expect(data).toEqual({ field: "receiver", reason: expect.stringContaining("no account can have it") });
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ["more than the modulus", fieldModulus],
    ["a bit above the modulus", 1n << 253n],
    ["all bits", (1n << 256n) - 1n],
  ])("is refused when its bytes are %s", (_what, number) => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));
    expect(refusal("invalid_field", () => parseAddress(encodeBech32m("aleo", bytes), "receiver")).data.field).toBe(
      "receiver",
    );
  });

  it.each([
    ["nothing", ""],
    ["another prefix", encodeBech32m("oela", new Uint8Array(32))],
    ["31 bytes", encodeBech32m("aleo", new Uint8Array(31))],
    ["33 bytes", encodeBech32m("aleo", new Uint8Array(33))],
    ["capitals", formatAddress(0n).toUpperCase()],
    ["a blank", `${formatAddress(0n)} `],
    ["a line break", `${formatAddress(0n)}\n`],
    ["an EVM address", "0x14779F992B2F2c42b8660Ffa42DBcb3C7C9930B0"],
  ])("is refused when it is %s", (_what, text) => {
    const { data } = refusal("invalid_field", () => parseAddress(text, "receiver"));
    expect(data).toEqual({ field: "receiver", reason: "must be an Aleo address (aleo1…, bech32m)" });
  });

  it("of zeros is the one that Verulink's programs call the zero address", () => {
    expect(formatAddress(0n)).toBe("aleo1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq3ljyzc");
  });

  it("is never written from what is no field element", () => {
    expect(() => formatAddress(fieldModulus)).toThrow(RangeError);
    expect(() => formatAddress(-1n)).toThrow(RangeError);
  });
});

describe("a field", () => {
  it("is read as the number that it was written from", () => {
    fc.assert(
      fc.property(element, (value) => {
        expect(parseField(formatField(value), "token")).toBe(value);
      }),
    );
  });

  it.each([
    ["the modulus", `${fieldModulus}field`],
    ["78 digits", `${"1".repeat(78)}field`],
    ["a sign", "-1field"],
    ["a plus", "+1field"],
    ["a leading zero", "01field"],
    ["an underscore", "1_0field"],
    ["no suffix", "1"],
    ["another suffix", "1scalar"],
    ["a capital", "1Field"],
    ["hex", "0x1field"],
    ["a blank", "1 field"],
    ["a line break", "1field\n"],
    ["no digits", "field"],
    ["digits of another script", "١field"],
    ["nothing", ""],
  ])("is refused when it is %s", (_what, text) => {
    const { data } = refusal("invalid_field", () => parseField(text, "message.dest_token_address"));
    expect(data.field).toBe("message.dest_token_address");
  });

  it("is never written from what is none", () => {
    expect(() => formatField(fieldModulus)).toThrow(RangeError);
    expect(() => formatField(-1n)).toThrow(RangeError);
  });
});
