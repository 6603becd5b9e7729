import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestScheme, type VerdictResult } from "../../shared/digest/index.ts";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { check } from "../../shared/schema/index.ts";
import type { PinnedClient } from "../../shared/tls/index.ts";
import { type Attestation, attestationSchema, attestationToWire } from "../../shared/wire/index.ts";
import type { SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import { createHsmWorld } from "./hsmWorld.ts";
import { type PacketChanges, sampleRequest } from "./samples.ts";

let hsm: SoftHsm;
let world: SignerWorld;
let client: PinnedClient;

beforeAll(async () => {
  ({ hsm, world } = await createHsmWorld());
  await world.start();
  client = await world.client();
});
afterAll(async () => {
  await world.close();
  hsm.remove();
});

let sequence = 0n;
const newPacket = (): PacketChanges => ({ sequence: ++sequence });

async function ask(packet: PacketChanges, verdict: VerdictResult = "white") {
  const answer = await client.request("POST", "/v1/attestations", attestationToWire(sampleRequest(packet, verdict)));
  const body = answer.body as { attestation?: unknown; code?: string };
  const attestation = body.attestation && check(attestationSchema, body.attestation, "attestation");
  return { status: answer.status, code: body.code, attestation: attestation as Attestation | undefined };
}

describe("a signer with its keys in an HSM", () => {
  it("shows the keys that were generated inside", async () => {
    const { body } = await client.request("GET", "/v1/keys");
    const addresses = hsm.keys.slice(0, 2).map(({ address }) => address);
    expect((body as { keys: { address: string; custody: string }[] }).keys).toMatchObject(
      addresses.map((address) => ({ address, custody: "hsm" })),
    );
    expect(await (await world.ops("/readyz")).json()).toEqual({ ready: true, reasons: [] });
  });

  it.each(["white", "flagged"] as const)(
    "signs a %s packet so that its contract recovers the attestor",
    async (verdict) => {
      const { status, attestation } = await ask(newPacket(), verdict);
      expect(status).toBe(200);
      if (!attestation) throw new Error("no attestation");
      const { digest, packetHash } = digestScheme("verulink-evm").digestOf(attestation.packet, verdict);
      expect(attestation).toMatchObject({ digest, packetHash, signer: hsm.keys[1]?.address, custody: "hsm" });
      expect(signerOf(attestation.signature, digest)).toBe(hsm.keys[1]?.address);
      expect(attestation.signature).toMatch(/(1b|1c)$/);
    },
  );

  it("answers the same content with the same signature, though an HSM makes another one each time", async () => {
    const packet = newPacket();
    const answers = [await ask(packet), await ask(packet), await ask(packet)];
    expect(new Set(answers.map(({ attestation }) => attestation?.signature)).size).toBe(1);
  });

  it("answers the other verdict with the attestation that was given", async () => {
    const packet = newPacket();
    const { attestation } = await ask(packet, "flagged");
    expect(await ask(packet, "white")).toEqual({ status: 403, code: "verdict_already_given", attestation });
  });

  it("refuses another packet with the same id", async () => {
    const packet = newPacket();
    await ask(packet);
    const other = { ...packet, message: { amount: 11n } };
    expect(await ask(other)).toEqual({ status: 403, code: "equivocation", attestation: undefined });
  });

  it("makes one signature for concurrent identical requests", async () => {
    const before = await signaturesMade();
    const packet = newPacket();
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(packet)));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(new Set(answers.map(({ attestation }) => attestation?.signature)).size).toBe(1);
    expect(await signaturesMade()).toBe(before + 1);
  });

  it("keeps all of it through a restart", async () => {
    const packet = newPacket();
    const first = await ask(packet);
    await world.start();
    client = await world.client();
    expect(await ask(packet)).toEqual(first);
    expect(await ask({ ...packet, height: 1n })).toMatchObject({ code: "equivocation" });
    expect(await ask(packet, "flagged")).toMatchObject({
      code: "verdict_already_given",
      attestation: first.attestation,
    });
    expect(await signaturesMade()).toBe(0);
  });

  it("shows its PIN nowhere", async () => {
    expect(world.log.length).toBeGreaterThan(0);
    expect(world.log.join("")).not.toContain(hsm.pin);
    expect(await (await world.ops("/metrics")).text()).not.toContain(hsm.pin);
  });
});

/** How many signatures the keeper was asked for since the signer started. */
async function signaturesMade(): Promise<number> {
  const metrics = await (await world.ops("/metrics")).text();
  return Number(/signer_keeper_duration_seconds_count\{result="signed"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}
