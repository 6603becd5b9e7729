import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { planKeys } from "../../../hsm/keeper/keyPlan.ts";
import { verifiedSignature } from "../../../hsm/keeper/verifiedSignature.ts";
import type { SchnorrText } from "../../../shared/aleo/index.ts";
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
const released = key.sign(digest).serialized as Hex;
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** What a device answers. */
const rawOf = (signature: string): Hex => `0x${signature.slice(2, 130)}`;
const highS = (): Hex => {
  const s = (order - BigInt(`0x${released.slice(66, 130)}`)).toString(16).padStart(64, "0");
  return `0x${released.slice(2, 66)}${s}`;
};

describe("verifiedSignature", () => {
  it.each([
    ["low", rawOf(released)],
    ["high", highS()],
  ])("makes the released form of a signature by the pinned key with %s s", (_what, raw) => {
    expect(verifiedSignature(plan, raw, digest)).toBe(released);
  });

  it.each([
    ["over another digest", rawOf(key.sign(`0x${"23".repeat(32)}`).serialized)],
    ["by another key", rawOf(new SigningKey(`0x${"12".repeat(32)}`).sign(digest).serialized)],
    ["of zeros", `0x${"00".repeat(64)}` as Hex],
    ["that has its recovery id already", released],
    ["of an account on Aleo", "sign1" as SchnorrText],
  ])("refuses a signature %s", (_what, other) => {
    expect(() => verifiedSignature(plan, other, digest)).toThrow(
      expect.objectContaining({ code: "wrong_signature", data: { key: "key" } }),
    );
  });
});
