import fc from "fast-check";
import secp256k1 from "secp256k1";
import { describe, expect, it } from "vitest";
import { parseEcdsaSignature } from "../../../hsm/kms/der.ts";
import { assertAlways } from "../../support/assertAlways.ts";

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const scalar = fc.bigInt({ min: 1n, max: order - 1n });
/** Scalars of every length, so that padding and leading zeros occur. */
const anyScalar = fc.oneof(
  scalar,
  fc.integer({ min: 1, max: 255 }).map((shift) => 1n << BigInt(shift)),
);
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const raws = fc.tuple(anyScalar, anyScalar).map(([r, s]) => Buffer.concat([bytesOf(r), bytesOf(s)]));
/** libsecp256k1's own writer. */
const derOf = (raw: Uint8Array) => Buffer.from(secp256k1.signatureExport(raw));
const parse = (hex: string) => parseEcdsaSignature(Buffer.from(hex, "hex"));

describe("parseEcdsaSignature", () => {
  it("reads what libsecp256k1 writes, whatever the lengths", async () => {
    const property = fc.property(raws, (raw) => {
      expect(parseEcdsaSignature(derOf(raw))).toEqual(Uint8Array.from(raw));
    });
    await assertAlways("signatures of every length", property, 300);
  });

  it("takes no second spelling: whatever it reads is written back as the same bytes", async () => {
    const spoilt = fc
      .tuple(raws, fc.array(fc.tuple(fc.nat(75), fc.nat(255)), { maxLength: 3 }), fc.integer({ min: -3, max: 3 }))
      .map(([raw, changes, length]) => {
        const der = derOf(raw);
        for (const [at, value] of changes) if (at < der.length) der[at] = value;
        return length < 0 ? der.subarray(0, length) : Buffer.concat([der, Buffer.alloc(length)]);
      });
    await assertAlways(
      "spoilt DER",
      fc.property(spoilt, (der) => {
        const raw = parseEcdsaSignature(der);
        if (raw) expect(rewritten(raw)).toBe(der.toString("hex"));
      }),
      2_000,
    );
  });

  it("takes no other bytes, with whatever tags and lengths", async () => {
    const octet = fc.constantFrom(0, 1, 2, 0x20, 0x21, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0xff);
    const piece = fc
      .tuple(
        fc.constantFrom(0x02, 0x02, 0x03, 0x30),
        fc.array(octet, { minLength: 0, maxLength: 2 }),
        fc.uint8Array({ maxLength: 34 }),
      )
      .map(([tag, length, content]) =>
        Buffer.from([tag, ...(length.length > 0 ? length : [content.length]), ...content]),
      );
    const nested = fc.array(piece, { maxLength: 3 }).map((pieces) => {
      const body = Buffer.concat(pieces);
      return Buffer.concat([Buffer.of(0x30, body.length), body]);
    });
    const property = fc.property(fc.oneof(nested, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      const raw = parseEcdsaSignature(bytes);
      if (raw) expect(rewritten(raw)).toBe(Buffer.from(bytes).toString("hex"));
    });
    await assertAlways("DER of any tags and lengths", property, 2_000);
  });

  it.each([
    ["nothing", ""],
    ["a sequence alone", "3000"],
    ["one integer", "3003020101"],
    ["three integers", "3009020101020101020101"],
    ["a zero", "3006020100020101"],
    ["an empty integer", "300502000201ff"],
    ["a negative integer", "3006020180020101"],
    ["a zero byte without need", "300702020001020101"],
    ["33 bytes of integer", `3026022101${"00".repeat(32)}020101`],
    ["a length in two bytes", "308106020101020101"],
    ["an indefinite length", "30800201010201010000"],
    ["a set instead of a sequence", "3106020101020101"],
    ["a bit string instead of an integer", "3006030101020101"],
    ["a byte that follows", "300602010102010100"],
    ["a byte that follows inside", "300702010102010100"],
    ["an integer beyond the end", "3006020101020201"],
  ])("refuses %s", (_what, hex) => {
    expect(parse(hex)).toBeUndefined();
  });

  it("reads the shortest signature there can be", () => {
    expect(parse("3006020101020101")).toEqual(Uint8Array.from([...Buffer.alloc(31), 1, ...Buffer.alloc(31), 1]));
  });
});

/** The one DER of r ‖ s, written here for scalars beyond the order too. */
function rewritten(raw: Uint8Array): string {
  const integer = (bytes: Uint8Array) => {
    const hex = Buffer.from(bytes)
      .toString("hex")
      .replace(/^(00)+/, "");
    const padded = Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex;
    return `02${(padded.length / 2).toString(16).padStart(2, "0")}${padded}`;
  };
  const body = integer(raw.subarray(0, 32)) + integer(raw.subarray(32));
  return `30${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
}
