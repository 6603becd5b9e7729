import { keccak256, toUtf8Bytes } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditKeySpec, checkpointDigest, type KeySpec } from "../../../hsm/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf, type TestKeeper } from "../support/keepers.ts";
import { packetWith } from "../support/packets.ts";

const checkpoint = {
  ledger: "ab".repeat(16),
  size: 258,
  head: `0x${"cd".repeat(32)}` as const,
  atMs: 1_700_000_000_000,
};

describe("checkpointDigest", () => {
  it("is keccak256 of the domain, the ledger, the size, the head and the time", () => {
    const numbers = ["0000000000000102", "0000018bcfe56800"].map((hex) => Buffer.from(hex, "hex"));
    const input = Buffer.concat([
      toUtf8Bytes("hsm-attestor/checkpoint/v1:"),
      ...[Buffer.alloc(16, 0xab), numbers[0] ?? Buffer.alloc(0), Buffer.alloc(32, 0xcd), numbers[1] ?? Buffer.alloc(0)],
    ]);
    expect(checkpointDigest(checkpoint)).toBe(keccak256(input));
  });

  it("differs where any part differs", () => {
    const others = [{ ledger: "00".repeat(16) }, { size: 259 }, { head: `0x${"00".repeat(32)}` as const }, { atMs: 0 }];
    const digests = [{}, ...others].map((change) => checkpointDigest({ ...checkpoint, ...change }));
    expect(new Set(digests).size).toBe(5);
  });
});

describe("an audit key", () => {
  let hsm: SoftHsm;
  let keeper: TestKeeper;
  beforeAll(async () => {
    hsm = await createSoftHsm({
      keys: [
        { label: "attests", id: "0001" },
        { label: "audit", id: "0002" },
      ],
    });
    const { name, uri, publicKey } = specOf(hsm, 1);
    const audit: AuditKeySpec = { name, uri, publicKey, use: "audit" };
    const attests: KeySpec = specOf(hsm, 0);
    keeper = await keeperOf(hsm, { keys: [attests, audit] });
  });
  afterAll(async () => {
    await keeper.close();
    hsm.remove();
  });

  it("signs checkpoints, and proves itself as any key", async () => {
    const signature = await keeper.checkpoint({ key: "audit", ...checkpoint });
    expect(signerOf(signature, checkpointDigest(checkpoint))).toBe(hsm.keys[1]?.address);
    await keeper.prove("audit");
  });

  it("attests nothing, and a key that attests signs no checkpoint; the keeper stays up", async () => {
    const attest = keeper.attest({ key: "audit", packet: packetWith({ destination: 1n }), verdict: "white" });
    await expect(attest).rejects.toMatchObject({ code: "denied", data: { rule: "key-use" } });
    const wrong = keeper.checkpoint({ key: "attests", ...checkpoint });
    await expect(wrong).rejects.toMatchObject({ code: "denied", data: { rule: "key-use" } });
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
  });
});
