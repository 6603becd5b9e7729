import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { publicKeyOfSpki } from "../../hsm/spki.ts";
import { assertAlways } from "../support/assertAlways.ts";

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

  it("refuses a key with any byte changed: its point leaves the curve, or it is no such key", async () => {
    const property = fc.property(fc.nat(spki.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const other = Buffer.from(spki);
      other[at] = (other[at] ?? 0) ^ flip;
      expect(publicKeyOfSpki(other)).toBeUndefined();
    });
    await assertAlways("a changed SubjectPublicKeyInfo", property, 100);
  });

  it("takes nothing that OpenSSL does not take for the same key, in its one spelling", async () => {
    const bytes = fc.uint8Array({ maxLength: 4 });
    /** A few bytes exchanged for others: lengths, tags, identifiers and the point itself, cut and spread. */
    const cut = fc.tuple(fc.nat(spki.length), fc.nat(4), bytes);
    const damaged = fc
      .array(cut, { maxLength: 3 })
      .map((cuts) =>
        cuts.reduce(
          (now, [at, length, put]) => Buffer.concat([now.subarray(0, at), put, now.subarray(at + length)]),
          spki,
        ),
      );
    // the right frame over any point at all
    const point = fc
      .uint8Array({ minLength: 60, maxLength: 70 })
      .map((point) => Buffer.concat([spki.subarray(0, -65), point]));
    const property = fc.property(fc.oneof(damaged, point, fc.uint8Array({ maxLength: 120 })), (der) => {
      const read = publicKeyOfSpki(der);
      const theirs = openSslReads(der);
      if (read) expect(theirs).toEqual(Buffer.from(der));
      if (theirs?.equals(der) && der.length === spki.length) expect(read).toEqual(Uint8Array.from(der.subarray(-65)));
    });
    await assertAlways("SubjectPublicKeyInfo", property, 1_000);
  });
});

/** A secp256k1 key as OpenSSL writes it after it read it, or nothing. */
function openSslReads(der: Uint8Array): Buffer | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(der), type: "spki", format: "der" });
    if (key.asymmetricKeyDetails?.namedCurve !== "secp256k1") return undefined;
    return key.export({ type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}
