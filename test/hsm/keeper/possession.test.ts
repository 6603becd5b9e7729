import { keccak256, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { possessionDigest } from "../../../hsm/keeper/possession.ts";

const publicKey = Uint8Array.from({ length: 65 }, (_, index) => index);

describe("possessionDigest", () => {
  it("is keccak256 of the domain, the public key and the nonce", () => {
    const nonce = new Uint8Array(32).fill(7);
    const input = Buffer.concat([toUtf8Bytes("hsm-attestor/possession/v1:"), publicKey, nonce]);
    expect(possessionDigest(publicKey, nonce)).toBe(keccak256(input));
  });

  it("hashes what no attestation hashes: another length and another first byte", () => {
    const attestationInput = Buffer.concat([toUtf8Bytes("\x19Ethereum Signed Message:\n32"), new Uint8Array(32)]);
    const possessionInput = Buffer.concat([toUtf8Bytes("hsm-attestor/possession/v1:"), publicKey, new Uint8Array(32)]);
    expect([attestationInput.length, possessionInput.length]).toEqual([60, 124]);
    expect([attestationInput[0], possessionInput[0]]).toEqual([0x19, 0x68]);
  });

  it("differs for each nonce and key", () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(65), bytes(65), (nonceA, nonceB, keyA, keyB) => {
        const same = Buffer.compare(nonceA, nonceB) === 0 && Buffer.compare(keyA, keyB) === 0;
        expect(possessionDigest(keyA, nonceA) === possessionDigest(keyB, nonceB)).toBe(same);
      }),
    );
  });
});
