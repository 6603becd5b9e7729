import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { accountOfSeed, fieldMessage, signMessage, statementMessage } from "../../../shared/aleo/index.ts";
import { signatureText } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { addressOfKey, attestationSigner } from "../../../shared/signature/index.ts";

const [digest, field] = [`0x${"22".repeat(32)}` as const, "7field" as const];
const key = new SigningKey(`0x${"11".repeat(32)}`);
const address = addressOfPublicKey(publicKeyFromHex(key.publicKey) ?? new Uint8Array());
const account = accountOfSeed(new Uint8Array(32).fill(5));
const [ecdsa, schnorr] = [key.sign(digest).serialized, signMessage(account, fieldMessage(field))];

describe("an attestation's signature", () => {
  it("tells its signer, by the form of what is signed", () => {
    expect(attestationSigner(ecdsa, digest)).toBe(address);
    expect(attestationSigner(schnorr, field)).toBe(account.address);
  });

  it("is nobody's over a digest of the other form, or one in another spelling", () => {
    const statement = signMessage(account, statementMessage(digest));
    const pairs = [
      [ecdsa, field],
      [schnorr, digest],
      [statement, digest],
      [statement, field],
    ] as const;
    const spellings = [
      [schnorr, "007field"],
      [schnorr, "7"],
      [schnorr, ""],
      ["", field],
      ["", digest],
    ] as const;
    const signers = [...pairs, ...spellings].map(([signature, over]) => attestationSigner(signature, over));
    expect(signers).toEqual(signers.map(() => undefined));
    expect(attestationSigner(schnorr, "8field")).toBeUndefined();
  });

  it("has one of two forms in messages", () => {
    expect([ecdsa, schnorr].map((text) => signatureText.safeParse(text).success)).toEqual([true, true]);
    for (const text of ["", "0x", ecdsa.slice(0, -2), schnorr.slice(0, -1), `${schnorr}q`, schnorr.toUpperCase()]) {
      expect(signatureText.safeParse(text).success).toBe(false);
    }
  });
});

it("a key's address is that of its point, compressed or not, or its Aleo account, and of nothing else", () => {
  expect([key.publicKey, key.compressedPublicKey, account.address].map(addressOfKey)).toEqual([
    address,
    address,
    account.address,
  ]);
  for (const text of ["", "0x", "0x04", `${account.address.slice(0, -1)}q`, address]) {
    expect(addressOfKey(text), text).toBeUndefined();
  }
});
