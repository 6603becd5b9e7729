import { computeAddress, getBytes, Signature, SigningKey, toBeHex } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex, recoverableSignature, signerOf } from "../../../shared/ecdsa/index.ts";
import { secp256k1 } from "../../../shared/ecdsa/native.ts";

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const halfOrder = order / 2n;

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKey = fc.bigInt(1n, order - 1n).map((scalar) => new SigningKey(toBeHex(scalar, 32)));
const signed = fc.record({ key: privateKey, digest: bytes32 }).map(({ key, digest }) => {
  const { r, s, v } = key.sign(digest);
  return { key, digest, r: BigInt(r), s: BigInt(s), v, publicKey: getBytes(key.publicKey) };
});

const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
const rawOf = (r: bigint, s: bigint) => getBytes(`${toBeHex(r, 32)}${toBeHex(s, 32).slice(2)}`);
const withV = (r: bigint, s: bigint, v: number): Hex => `${hex(rawOf(r, s))}${v.toString(16).padStart(2, "0")}` as Hex;

const sample = (() => {
  const key = new SigningKey(toBeHex(0x1234n, 32));
  const digest = new Uint8Array(32).fill(7);
  const { r, s, v } = key.sign(digest);
  return { key, digest, r: BigInt(r), s: BigInt(s), v, publicKey: getBytes(key.publicKey) };
})();

/** An r for which the order plus r is the x of a point too. */
const pointBeyondOrder = Array.from({ length: 64 }, (_, index) => BigInt(index + 1)).find((r) => {
  try {
    return secp256k1.ecdsaRecover(rawOf(r, sample.s), 2, sample.digest, false).length === 65;
  } catch {
    return false;
  }
}) as bigint;

describe("the signature that a contract recovers from", () => {
  it("is made of an HSM's r and s, exactly as ethers would have signed", () => {
    fc.assert(
      fc.property(signed, ({ key, digest, r, s, v, publicKey }) => {
        const signature = recoverableSignature(rawOf(r, s), digest, publicKey);
        expect(signature).toBe(withV(r, s, v));
        expect(SigningKey.recoverPublicKey(digest, Signature.from(signature))).toBe(key.publicKey);
      }),
      { numRuns: 30 },
    );
  });

  it("has low s whichever half the HSM answered with, and the recovery id to match", () => {
    fc.assert(
      fc.property(signed, ({ digest, r, s, v, publicKey }) => {
        const fromHigh = recoverableSignature(rawOf(r, order - s), digest, publicKey);
        expect(fromHigh).toBe(withV(r, s, v));
        expect(BigInt(`0x${fromHigh?.slice(66, 130)}`)).toBeLessThanOrEqual(halfOrder);
      }),
      { numRuns: 30 },
    );
  });

  it("leaves the HSM's answer as it was", () => {
    const raw = rawOf(sample.r, order - sample.s);
    const before = hex(raw);
    recoverableSignature(raw, sample.digest, sample.publicKey);
    expect(hex(raw)).toBe(before);
  });

  it("is made for r below 2^129 as for any other, where x of the point could be r plus the order", () => {
    // the key that signed is whatever recovery gives for such an r
    for (const r of [1n, 2n, 3n, 4n, 6n, 8n, (1n << 129n) - 1n, 1n << 130n, 1n << 140n]) {
      for (const v of [27, 28] as const) {
        const text = withV(r, sample.s, v);
        let publicKey: Uint8Array;
        try {
          publicKey = getBytes(SigningKey.recoverPublicKey(sample.digest, Signature.from(text)));
        } catch {
          continue; // there is no point with that x
        }
        expect(recoverableSignature(rawOf(r, sample.s), sample.digest, publicKey)).toBe(text);
        expect(recoverableSignature(rawOf(r, sample.s), sample.digest, sample.publicKey)).toBeUndefined();
      }
    }
  });

  it("is not made where the point's x is r plus the order, which contracts cannot name", () => {
    const keys = [2, 3].map((id) =>
      secp256k1.ecdsaRecover(rawOf(pointBeyondOrder, sample.s), id, sample.digest, false),
    );
    for (const publicKey of keys) {
      expect(secp256k1.ecdsaVerify(rawOf(pointBeyondOrder, sample.s), sample.digest, publicKey)).toBe(true);
      expect(recoverableSignature(rawOf(pointBeyondOrder, sample.s), sample.digest, publicKey)).toBeUndefined();
    }
  });

  it("is not made for another key or another digest", () => {
    fc.assert(
      fc.property(signed, privateKey, bytes32, ({ digest, r, s, publicKey, key }, other, otherDigest) => {
        fc.pre(other.publicKey !== key.publicKey && hex(otherDigest) !== hex(digest));
        expect(recoverableSignature(rawOf(r, s), digest, getBytes(other.publicKey))).toBeUndefined();
        expect(recoverableSignature(rawOf(r, s), otherDigest, publicKey)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it("is not made when any one bit of the HSM's answer is wrong", () => {
    const raw = rawOf(sample.r, sample.s);
    for (let bit = 0; bit < 512; bit += 1) {
      const wrong = Uint8Array.from(raw, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(recoverableSignature(wrong, sample.digest, sample.publicKey), `bit ${bit}`).toBeUndefined();
    }
  });

  it.each([
    ["r = 0", 0n, sample.s],
    ["s = 0", sample.r, 0n],
    ["r and s = 0", 0n, 0n],
    ["r = the order", order, sample.s],
    ["s = the order", sample.r, order],
    ["s beyond the order", sample.r, sample.s + order > (1n << 256n) - 1n ? (1n << 256n) - 1n : sample.s + order],
    ["r = 2^256 − 1", (1n << 256n) - 1n, sample.s],
    ["s = 2^256 − 1", sample.r, (1n << 256n) - 1n],
  ])("is not made of %s, and nothing is thrown", (_what, r, s) => {
    expect(recoverableSignature(rawOf(r, s), sample.digest, sample.publicKey)).toBeUndefined();
  });

  it.each([0, 1, 31, 63, 65, 72, 128])("is not made of %i bytes", (length) => {
    expect(recoverableSignature(new Uint8Array(length).fill(1), sample.digest, sample.publicKey)).toBeUndefined();
  });

  it.each([0, 31, 33, 64])("is not made over a digest of %i bytes", (length) => {
    const digest = new Uint8Array(length).fill(7);
    expect(recoverableSignature(rawOf(sample.r, sample.s), digest, sample.publicKey)).toBeUndefined();
  });

  it("is not made for a key that is no uncompressed key", () => {
    const compressed = getBytes(sample.key.compressedPublicKey);
    for (const publicKey of [compressed, new Uint8Array(), new Uint8Array(65), sample.publicKey.subarray(1)]) {
      expect(recoverableSignature(rawOf(sample.r, sample.s), sample.digest, publicKey)).toBeUndefined();
    }
  });
});

describe("the signer of a signature", () => {
  const digest = hex(sample.digest);
  const address = computeAddress(sample.key.publicKey);

  it("is the one that ethers knows, in EIP-55", () => {
    fc.assert(
      fc.property(signed, (it) => {
        expect(signerOf(withV(it.r, it.s, it.v), hex(it.digest))).toBe(computeAddress(it.key.publicKey));
      }),
      { numRuns: 30 },
    );
  });

  it("is found with v 0 or 1 as with 27 or 28, and in any letter case", () => {
    const { r, s, v } = sample;
    expect(signerOf(withV(r, s, v), digest)).toBe(address);
    expect(signerOf(withV(r, s, v - 27), digest)).toBe(address);
    expect(signerOf(`0x${withV(r, s, v).slice(2).toUpperCase()}`, `0x${digest.slice(2).toUpperCase()}`)).toBe(address);
  });

  it("is another, or nobody, with the other v", () => {
    expect(signerOf(withV(sample.r, sample.s, sample.v === 27 ? 28 : 27), digest)).not.toBe(address);
  });

  it("is nobody for every other v", () => {
    for (let v = 0; v < 256; v += 1) {
      if ([0, 1, 27, 28].includes(v)) continue;
      expect(signerOf(withV(sample.r, sample.s, v), digest), `v ${v}`).toBeUndefined();
    }
  });

  it("is nobody for the high-s twin, so that an attestation has one form", () => {
    fc.assert(
      fc.property(signed, ({ r, s, v, digest }) => {
        for (const twinV of [27, 28, 0, 1]) expect(signerOf(withV(r, order - s, twinV), hex(digest))).toBeUndefined();
        expect(signerOf(withV(r, s, v), hex(digest))).toBeDefined();
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ["r = 0", 0n, sample.s],
    ["s = 0", sample.r, 0n],
    ["r = the order", order, sample.s],
    ["r = 2^256 − 1", (1n << 256n) - 1n, sample.s],
    ["s one beyond the half order", sample.r, halfOrder + 1n],
  ])("is nobody for %s", (_what, r, s) => {
    for (const v of [0, 1, 27, 28]) expect(signerOf(withV(r, s, v), digest)).toBeUndefined();
  });

  it.each([
    "",
    "0x",
    "0x00",
    withV(1n, 1n, 27).slice(0, -2),
    `${withV(1n, 1n, 27)}00`,
    withV(1n, 1n, 27).slice(2),
    `${withV(1n, 1n, 27)}\n`,
    "0xzz",
  ])("is nobody for the text %j", (text) => {
    expect(signerOf(text, digest)).toBeUndefined();
  });

  it.each(["0x", "0x0", "0xzz", `${hex(sample.digest)}00`, hex(sample.digest).slice(0, -1)] as Hex[])(
    "is nobody over the digest %j",
    (wrong) => {
      expect(signerOf(withV(sample.r, sample.s, sample.v), wrong)).toBeUndefined();
    },
  );

  it("is never a reason to throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 65, maxLength: 65 }), bytes32, (signature, digest) => {
        expect(() => signerOf(hex(signature), hex(digest))).not.toThrow();
      }),
    );
  });
});

describe("a public key", () => {
  it("is read compressed or not, as the same 65 bytes, and gives the address that ethers computes", () => {
    fc.assert(
      fc.property(privateKey, (key) => {
        const uncompressed = getBytes(key.publicKey);
        expect(publicKeyFromHex(key.publicKey)).toEqual(uncompressed);
        expect(publicKeyFromHex(key.compressedPublicKey)).toEqual(uncompressed);
        expect(addressOfPublicKey(uncompressed)).toBe(computeAddress(key.publicKey));
      }),
      { numRuns: 30 },
    );
  });

  const { publicKey, compressedPublicKey } = sample.key;
  it.each([
    ["nothing", ""],
    ["no 0x", publicKey.slice(2)],
    ["64 bytes without their prefix", `0x${publicKey.slice(4)}`],
    ["a byte too many", `${publicKey}00`],
    ["a byte too few", publicKey.slice(0, -2)],
    ["the hybrid form", `0x06${publicKey.slice(4)}`],
    ["a point off the curve", `0x04${"11".repeat(64)}`],
    ["an x without a point", `0x02${"ff".repeat(32)}`],
    ["the point at infinity", "0x00"],
    ["a compressed prefix on a long key", `0x02${publicKey.slice(4)}`],
    ["a line break", `${compressedPublicKey}\n`],
  ])("is not %s", (_what, text) => {
    expect(publicKeyFromHex(text)).toBeUndefined();
  });

  it("gives no address in any form but the uncompressed one", () => {
    for (const bytes of [getBytes(compressedPublicKey), getBytes(publicKey).subarray(1), new Uint8Array(65)]) {
      expect(() => addressOfPublicKey(bytes)).toThrow(RangeError);
    }
  });
});
