import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { planKeys } from "../../../hsm/keeper/keyPlan.ts";
import { refuseWrongSignature } from "../../../hsm/keeper/refuseWrongSignature.ts";
import type { Hex } from "../../../shared/digest/index.ts";

const key = new SigningKey(`0x${"11".repeat(32)}`);
const [plan] = planKeys([
  {
    name: "key",
    uri: "pkcs11:token=t;serial=s;id=%01;object=o?module-path=/m&pin-source=file:/p",
    publicKey: key.publicKey as Hex,
    ...{ scheme: "verulink-evm", deployment: "demo", destination: 1n },
  },
]);
const digest: Hex = `0x${"22".repeat(32)}`;
const signature = key.sign(digest).serialized as Hex;
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const highS = (): Hex => {
  const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, "0");
  return `0x${signature.slice(2, 66)}${s}${signature.endsWith("1b") ? "1c" : "1b"}`;
};

describe("refuseWrongSignature", () => {
  it("passes a signature by the pinned key over the digest", () => {
    refuseWrongSignature(plan, signature, digest);
  });

  it.each([
    ["over another digest", key.sign(`0x${"23".repeat(32)}`).serialized as Hex],
    ["by another key", new SigningKey(`0x${"12".repeat(32)}`).sign(digest).serialized as Hex],
    ["with high s", highS()],
    ["with the other recovery id", `${signature.slice(0, -2)}${signature.endsWith("1b") ? "1c" : "1b"}` as Hex],
    ["of zeros", `0x${"00".repeat(65)}` as Hex],
  ])("refuses a signature %s", (_what, other) => {
    expect(() => refuseWrongSignature(plan, other, digest)).toThrow(
      expect.objectContaining({ code: "wrong_signature", data: { key: "key" } }),
    );
  });
});
