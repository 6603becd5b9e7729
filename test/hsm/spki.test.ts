import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { publicKeyOfSpki } from "../../hsm/spki.ts";

const spkiOf = (namedCurve: string, options: object = {}) =>
  generateKeyPairSync("ec", { namedCurve, ...options }).publicKey.export({ type: "spki", format: "der" });

describe("publicKeyOfSpki", () => {
  const spki = spkiOf("secp256k1");

  it("reads the point of a secp256k1 key that OpenSSL wrote", () => {
    expect(Buffer.from(publicKeyOfSpki(spki) ?? [])).toEqual(spki.subarray(-65));
  });

  it.each([
    ["of another curve", spkiOf("prime256v1")],
    ["with its curve spelt out", spkiOf("secp256k1", { paramEncoding: "explicit" })],
    ["with a byte more", Buffer.concat([spki, Buffer.of(0)])],
    ["with a byte less", spki.subarray(0, -1)],
    ["of another kind", generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" })],
    ["that is empty", Buffer.alloc(0)],
  ])("refuses a key %s", (_what, other) => {
    expect(publicKeyOfSpki(other)).toBeUndefined();
  });

  it("refuses a key with any byte changed: its point leaves the curve, or it is no such key", () => {
    fc.assert(
      fc.property(fc.nat(spki.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const other = Buffer.from(spki);
        other[at] = (other[at] ?? 0) ^ flip;
        expect(publicKeyOfSpki(other)).toBeUndefined();
      }),
    );
  });
});
