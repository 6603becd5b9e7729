import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ceremonyDigest } from "../../../hsm/ceremony/index.ts";
import type { CeremonyStatement } from "../../../hsm/index.ts";
import { fieldMessage, statementMessage, verifiesMessage, verulinkAleoSchnorr } from "../../../shared/aleo/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf, type TestKeeper } from "../support/keepers.ts";
import { packetToAleo, vector } from "../support/packets.ts";
import { sealKey, type TestSealedKey } from "../support/sealedKey.ts";
import { until } from "../support/until.ts";

let hsm: SoftHsm;
let key: TestSealedKey;
let other: TestSealedKey;
let keeper: TestKeeper;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  key = sealKey(hsm, "aleo", "0002");
  other = sealKey(hsm, "other", "0003", { destination: 9n });
  keeper = await keeperOf(hsm, { keys: [key.spec, specOf(hsm, 0), other.spec] });
});

afterAll(async () => {
  await keeper.close();
  hsm.remove();
});

const request = { key: "aleo", packet: packetToAleo, verdict: "white" } as const;

describe("a keeper of sealed keys", () => {
  it("signs what Verulink's Aleo program verifies, for either verdict", async () => {
    for (const verdict of ["white", "flagged"] as const) {
      const signed = await keeper.attest({ ...request, verdict });
      const expected = verulinkAleoSchnorr(packetToAleo, verdict);
      expect(signed).toMatchObject(expected);
      expect(verifiesMessage(signed.signature, key.spec.publicKey, fieldMessage(expected.digest))).toBe(true);
    }
  });

  it("signs many at a time, and beside it a key that stays in the token", async () => {
    const packets = Array.from({ length: 12 }, (_, index) => ({ ...packetToAleo, sequence: BigInt(index + 1) }));
    const signed = await Promise.all(packets.map((packet) => keeper.attest({ ...request, packet })));
    const right = packets.map((packet, index) => {
      const { digest } = verulinkAleoSchnorr(packet, "white");
      return verifiesMessage(signed[index]?.signature ?? "", key.spec.publicKey, fieldMessage(digest));
    });
    expect(right).not.toContain(false);
    const { signature } = await keeper.attest({ key: "key", packet: vector.packet, verdict: "white" });
    expect(signature).toMatch(/^0x[0-9a-f]{130}$/);
  });

  it("says of each key that it is sealed software, and what the token states of the AES key", () => {
    expect(keeper.keys()).toMatchObject([
      {
        ...{ name: "aleo", custody: "sealed-software", address: key.spec.publicKey, publicKey: key.spec.publicKey },
        attributes: { CKA_EXTRACTABLE: "false", CKA_VALUE: "not readable", network: expect.any(String) },
      },
      { name: "other", custody: "sealed-software" },
      { name: "key", custody: "hsm" },
    ]);
  });

  it("signs for the destination of the key only, and nothing but attestations, challenges and its ceremony", async () => {
    await expect(keeper.attest({ ...request, key: "other" })).rejects.toMatchObject({
      code: "denied",
      data: { rule: "key-destination" },
    });
    const checkpoint = {
      key: "aleo",
      ledger: "00".repeat(16),
      size: 1,
      head: `0x${"00".repeat(32)}`,
      atMs: 1,
    } as const;
    await expect(keeper.checkpoint(checkpoint)).rejects.toMatchObject({ code: "denied", data: { rule: "key-use" } });
    await keeper.prove("aleo");
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
  });

  it("refuses a packet that no Aleo program could hold, and goes on", async () => {
    const receiverAddress = "aleo1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs3ljyzb";
    const packet = { ...packetToAleo, message: { ...packetToAleo.message, receiverAddress } };
    await expect(keeper.attest({ ...request, packet })).rejects.toMatchObject({ code: "invalid_field" });
    await keeper.attest(request);
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
  });

  it("signs the statement of its own ceremony, and no other's", async () => {
    const { name, uri, publicKey, scheme, deployment, destination, custody } = key.spec;
    const use = { scheme, deployment, destination: `${destination}` };
    const statement: CeremonyStatement = {
      format: "hsm-attestor key ceremony v1",
      heldAt: "2026-11-26T12:00:00Z",
      participants: ["olga"],
      generated: true,
      key: { name, uri, publicKey, address: publicKey, use, custody, attributes: {} },
      device: {
        ...{ token: hsm.token, serial: hsm.serial },
        ...{ manufacturer: "m", model: "d", firmware: "1.0", library: "l" },
      },
      attestationCertificate: null,
    };
    const signature = await keeper.ceremony({ key: "aleo", statement });
    expect(verifiesMessage(signature, publicKey, statementMessage(ceremonyDigest(statement)))).toBe(true);
    const elsewhere = { ...statement, key: { ...statement.key, use: { ...use, destination: "3" } } };
    await expect(keeper.ceremony({ key: "aleo", statement: elsewhere })).rejects.toMatchObject({
      data: { field: "statement.key.use" },
    });
  });
});

describe("a keeper that lost its process", () => {
  it("unseals it again after it was killed", async () => {
    const mortal = await keeperOf(hsm, { keys: [key.spec] });
    try {
      process.kill(mortal.pids().at(-1) ?? 0, "SIGKILL");
      await until("the rebuild", () => mortal.status().restarts === 1 && mortal.status().up);
      await mortal.attest(request);
    } finally {
      await mortal.close();
    }
  });
});
