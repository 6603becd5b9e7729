import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aleoLies } from "../support/aleo/lies.ts";
import { aleoSecretPath, aleoService, aleoUser, evmUser, noAccount } from "../support/aleo/nodes.ts";
import { useAleoDestination } from "./support/aleoWorld.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
let end: Awaited<ReturnType<typeof useAleoDestination>>;

beforeEach(async () => {
  end = await useAleoDestination(scene.world, scene.bridge);
});
afterEach(async () => {
  await scene.world.stop();
  await end.aleo.close();
  expect(scene.world.everythingWritten()).not.toContain(aleoSecretPath);
});

describe("a packet to Aleo", () => {
  test("is attested over the program's own digest and delivered, and executed when a quorum knows its number", async () => {
    const { world } = scene;
    await world.start();
    const { sequence } = await end.transfer(aleoUser, 77n);
    const delivered = await world.reaches(sequence, "delivered");
    expect(delivered.attestation).toMatchObject({
      scheme: "verulink-aleo-ecdsa:testnet:bridge.aleo",
      packetHash: expect.stringMatching(/^[0-9]+field$/),
      digest: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      signer: world.signer.address,
    });
    expect(world.signer.requests[0]?.packet).toMatchObject({
      destination: { address: aleoService },
      message: { receiverAddress: aleoUser, destTokenAddress: "5field", amount: 77n },
    });
    const [first] = end.aleo.nodes;
    if (first) first.behaviour = aleoLies["says that everything is consumed"];
    const asked = first?.requests.length ?? 0;
    await until("some looks at the target chain", () => (first?.requests.length ?? 0) > asked + 6);
    expect((await world.packet(sequence))?.state).toBe("delivered");
    end.consume(sequence);
    const executed = await world.reaches(sequence, "executed");
    expect(executed.execution).toEqual({ packetHash: null, vote: null });
    expect(executed.reason).toBeNull();
  });

  test("for a receiver that Aleo cannot have is refused for good with the field named, and holds up no other", async () => {
    const { world } = scene;
    const receivers = {
      "an address that no account can have": noAccount,
      "an address with a wrong checksum": `${aleoUser.slice(0, -1)}q`,
      "an EVM address": evmUser,
      "no address": "somebody",
    };
    await world.start();
    const bad: [string, bigint][] = [];
    for (const [what, receiver] of Object.entries(receivers)) bad.push([what, (await end.transfer(receiver)).sequence]);
    const good = await end.transfer(aleoUser);
    for (const [what, sequence] of bad) {
      expect(await world.reaches(sequence, "refused"), what).toMatchObject({
        defect: expect.stringMatching(/^message.receiver_address: is not a valid Aleo address/),
        reason: { code: "packet_unusable", text: expect.stringMatching(/^message.receiver_address/) },
      });
      expect(await world.control("POST", `/v1/packets/1/2/${sequence}/retry`)).toMatchObject({ status: 409 });
    }
    await world.reaches(good.sequence, "delivered");
    expect(world.signer.requests.map(({ packet }) => packet.sequence)).toEqual([good.sequence]);
    await world.becomesReady();
  });

  test("of an amount beyond 128 bits is refused for good", async () => {
    const { world } = scene;
    await world.start();
    const { sequence } = await end.transfer(aleoUser, 2n ** 128n);
    expect((await world.reaches(sequence, "refused")).reason?.text).toBe("message.amount: must be below 2^128");
    expect(world.signer.requests).toEqual([]);
  });
});
