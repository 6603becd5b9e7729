import { getBytes, SigningKey, toBeHex } from "ethers";
import { afterEach, describe, expect, it } from "vitest";
import type { Hex } from "../../../shared/digest/index.ts";
import { recoverableSignature, Verifier } from "../../../shared/ecdsa/index.ts";

const key = new SigningKey(toBeHex(0x1234n, 32));
const other = new SigningKey(toBeHex(0x1235n, 32));
const publicKey = getBytes(key.publicKey);

/** What a device answers for a digest of that number, and what of it is released. */
function signed(number: number) {
  const digest = toBeHex(number, 32) as Hex;
  const released = key.sign(digest).serialized as Hex;
  return { claim: { raw: `0x${released.slice(2, 130)}` as Hex, digest, publicKey }, released };
}

describe("a verifier", () => {
  let verifier = new Verifier();
  afterEach(async () => {
    await verifier.close();
    verifier = new Verifier();
  });

  it("gives each its own answer, however many come at a time", async () => {
    const all = Array.from({ length: 100 }, (_, index) => signed(index + 1));
    const answers = await Promise.all(all.map(({ claim }) => verifier.verify(claim)));
    expect(answers).toEqual(all.map(({ released }) => released));
    expect(answers).toEqual(
      all.map(({ claim: { raw, digest } }) => recoverableSignature(getBytes(raw), getBytes(digest), publicKey)),
    );
  });

  it("lets nothing pass that is not by that key over that digest, and nothing else with it", async () => {
    const [one, two] = [signed(1), signed(2)];
    const answers = await Promise.all([
      verifier.verify(one.claim),
      verifier.verify({ ...one.claim, digest: two.claim.digest }),
      verifier.verify({ ...one.claim, publicKey: getBytes(other.publicKey) }),
      verifier.verify({ ...one.claim, raw: one.released }),
      verifier.verify({ ...one.claim, digest: "0x12" }),
      verifier.verify({ ...one.claim, publicKey: publicKey.subarray(1) }),
      verifier.verify({ ...one.claim, raw: `0x${"00".repeat(64)}` }),
      verifier.verify({ ...one.claim, raw: `0x${"zz".repeat(64)}` }),
      verifier.verify(two.claim),
    ]);
    const nothing = Array.from({ length: 7 }, () => undefined);
    expect(answers).toEqual([one.released, ...nothing, two.released]);
  });

  it("answers what its thread leaves, and what comes when it is gone", async () => {
    const all = Array.from({ length: 40 }, (_, index) => signed(index + 1));
    const running = all.map(({ claim }) => verifier.verify(claim));
    await verifier.close();
    expect(await Promise.all(running)).toEqual(all.map(({ released }) => released));
    expect(await verifier.verify(signed(7).claim)).toBe(signed(7).released);
  });
});
