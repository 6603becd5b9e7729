import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeBech32m, encodeBech32m } from "../../../../shared/aleo/bech32m.ts";
import { affineAll, extended, subgroupOrder } from "../../../../shared/aleo/curve.ts";
import { fieldModulus } from "../../../../shared/aleo/field.ts";
import {
  type AleoAccount,
  accountOfSeed,
  fieldMessage,
  formatSchnorrSignature,
  isSchnorrText,
  parseSchnorrSignature,
  signMessage,
  statementMessage,
  verifiesMessage,
} from "../../../../shared/aleo/schnorr/index.ts";
import { generator, multiply, multiplyGenerator, subgroupPoint, xOf } from "../../../../shared/aleo/schnorr/points.ts";
import { type FieldText, formatAddress } from "../../../../shared/aleo/text.ts";
import * as curveMath from "../curveMath.ts";
import { hashToCurve } from "../hashToCurve.ts";
import { verulinkAleoVectors } from "../vectors.ts";
import { seedOfKeyText } from "./keyText.ts";

const { accounts, signatures } = verulinkAleoVectors();
const [published] = signatures;
if (published === undefined) throw new Error("no signature in the vectors");

/** Any of the 2^252 seeds that the ceremony can draw. */
function seedFrom(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (byte, index) => (index === 31 ? byte & 0x0f : byte));
}

describe("the group that accounts are of", () => {
  const scalar = fc.bigInt(0n, subgroupOrder - 1n);

  it("starts from the point that hash-to-curve gives for its name", () => {
    expect(hashToCurve("AleoAccountEncryptionAndSignatureScheme0").point).toEqual(generator);
  });

  it("is multiplied as adding up again and again would", () => {
    fc.assert(
      fc.property(scalar, (times) => {
        const [expected] = affineAll([curveMath.multiply(extended(generator), times)]);
        expect(affineAll([multiplyGenerator(times), multiply(extended(generator), times)])).toEqual([
          expected,
          expected,
        ]);
      }),
      { numRuns: 10, examples: [[0n], [1n], [15n], [16n], [subgroupOrder - 1n]] },
    );
  });

  it("has for each x the one point that, times the group's order, is neutral", () => {
    fc.assert(
      fc.property(scalar, (times) => {
        const [point] = affineAll([multiplyGenerator(times)]);
        const found = subgroupPoint(point?.x ?? 0n);
        expect(found && affineAll([found])).toEqual([point]);
        expect(found && affineAll([curveMath.multiply(found, subgroupOrder)])).toEqual([{ x: 0n, y: 1n }]);
      }),
      { numRuns: 40, examples: [[0n], [1n], [subgroupOrder - 1n]] },
    );
  });

  it("has no point for any other x", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, fieldModulus - 1n), (x) => {
        const points = curveMath.pointsWithX(x).map((point) => curveMath.multiply(extended(point), subgroupOrder));
        const isThere = affineAll(points).some(({ x, y }) => x === 0n && y === 1n);
        expect(subgroupPoint(x) !== undefined).toBe(isThere);
      }),
      { numRuns: 40 },
    );
  });
});

describe("an account", () => {
  it.each(accounts)("has the address that Verulink publishes: $address", ({ privateKey, address }) => {
    expect(accountOfSeed(seedOfKeyText(privateKey)).address).toBe(address);
  });

  it.each([
    ["31 bytes", new Uint8Array(31)],
    ["33 bytes", new Uint8Array(33)],
    ["the modulus", Buffer.from(fieldModulus.toString(16).padStart(64, "0"), "hex").reverse()],
  ])("has no seed of %s", (_what, seed) => {
    expect(() => accountOfSeed(seed)).toThrow(RangeError);
  });
});

describe("a signature", () => {
  const message = fieldMessage("7field");
  let account: AleoAccount;
  let signature: string;

  beforeAll(() => {
    account = accountOfSeed(seedFrom(randomBytes(32)));
    signature = signMessage(account, message);
  });

  it("that Verulink publishes verifies, and not for another message or signer", () => {
    const { signer, message: text, signature } = published;
    expect(verifiesMessage(signature, signer, fieldMessage(text))).toBe(true);
    expect(verifiesMessage(signature, signer, fieldMessage("1field"))).toBe(false);
    expect(verifiesMessage(signature, account.address, fieldMessage(text))).toBe(false);
  });

  it("verifies under the account's own address", () => {
    expect(verifiesMessage(signature, account.address, message)).toBe(true);
    expect(signature).toHaveLength(216);
  });

  it("is another one each time, even where the random generator repeats itself for another message", () => {
    expect(signMessage(account, message)).not.toBe(signature);
    const random = new Uint8Array(32);
    const [one, other] = [signMessage(account, message, random), signMessage(account, fieldMessage("8field"), random)];
    expect(verifiesMessage(one, account.address, message)).toBe(true);
    // with one nonce in both, the difference of the responses would give the key away
    const [a, b] = [parseSchnorrSignature(one), parseSchnorrSignature(other)];
    if (!a || !b) throw new Error("no signature");
    const commitment = (parts: typeof a) =>
      xOf(multiplyGenerator((parts.response + parts.challenge * account.signatureKey) % subgroupOrder));
    expect(commitment(a)).not.toBe(commitment(b));
  });

  it("over 32 bytes that are no attestation is none over any field", () => {
    const digest = `0x${"00".repeat(31)}07` as const;
    const statement = signMessage(account, statementMessage(digest));
    expect(verifiesMessage(statement, account.address, statementMessage(digest))).toBe(true);
    expect(verifiesMessage(statement, account.address, message)).toBe(false);
    expect(statementMessage(digest)).toHaveLength(3);
    expect(message).toHaveLength(2);
  });

  it("with any part changed does not verify", () => {
    const parts = parseSchnorrSignature(signature);
    if (!parts) throw new Error("no signature");
    const other = xOf(multiplyGenerator(12345n));
    const changed = [
      { ...parts, challenge: parts.challenge ^ 1n },
      { ...parts, response: (parts.response + 1n) % subgroupOrder },
      { ...parts, publicKeyX: other },
      { ...parts, randomizerX: other },
      { ...parts, publicKeyX: parts.randomizerX, randomizerX: parts.publicKeyX },
      { ...parts, publicKeyX: 0n },
      { ...parts, publicKeyX: 1n },
    ];
    for (const each of changed) {
      expect(verifiesMessage(formatSchnorrSignature(each), account.address, message)).toBe(false);
    }
  });

  it("is written in one way", () => {
    fc.assert(
      fc.property(fc.nat(127), fc.nat(7), (at, bit) => {
        const bytes = decodeBech32m(signature, "sign", 128) ?? new Uint8Array();
        const changed = bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));
        const parts = parseSchnorrSignature(encodeBech32m("sign", changed));
        if (parts) expect(formatSchnorrSignature(parts)).toBe(encodeBech32m("sign", changed));
        expect(verifiesMessage(encodeBech32m("sign", changed), account.address, message)).toBe(false);
      }),
      { numRuns: 25 },
    );
    const outOfRange = (part: number, value: bigint) => {
      const parts = [1n, 1n, 1n, 1n].with(part, value);
      const bytes = Buffer.concat(
        parts.map((each) => Buffer.from(each.toString(16).padStart(64, "0"), "hex").reverse()),
      );
      return isSchnorrText(encodeBech32m("sign", bytes));
    };
    expect([0, 1].map((part) => outOfRange(part, subgroupOrder - 1n))).toEqual([true, true]);
    expect([0, 1].map((part) => outOfRange(part, subgroupOrder))).toEqual([false, false]);
    expect([2, 3].map((part) => outOfRange(part, fieldModulus - 1n))).toEqual([true, true]);
    expect([2, 3].map((part) => outOfRange(part, fieldModulus))).toEqual([false, false]);
  });

  it.each(["", "sign1", "aleo1qqqq"])("is not %o", (text) => {
    expect(isSchnorrText(text)).toBe(false);
    expect(verifiesMessage(text, account.address, message)).toBe(false);
  });

  it("is no address's that is none", () => {
    expect(verifiesMessage(signature, "aleo1", message)).toBe(false);
    expect(verifiesMessage(signature, formatAddress(1n), message)).toBe(false);
  });
});

describe("a message", () => {
  it.each(["-1field", `${fieldModulus}field`, "7"])("is not %s", (text) => {
    expect(() => fieldMessage(text as FieldText)).toThrow(/must be an Aleo field/);
  });

  it("of a digest has 32 bytes", () => {
    expect(() => statementMessage("0x00")).toThrow(RangeError);
  });
});
