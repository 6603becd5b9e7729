import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AttestorError } from "../../shared/errors/index.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import { listedAddress } from "./support/chainWorld.ts";
import { packetsOf } from "./support/packets.ts";
import { refusal } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

const { finalPacket, attestationOf, waitsWith } = packetsOf(scene);

describe("a packet's way", () => {
  test("goes from observed over delivered to executed, with the verdict white", async () => {
    const { world, bridge } = scene;
    await world.start();
    const { sequence } = await bridge.transfer();
    const observed = await world.reaches(sequence, "observed");
    expect(observed.verdict).toBeNull();
    expect(world.signer.requests).toEqual([]);

    await makeFinal(bridge.source);
    const delivered = await world.reaches(sequence, "delivered");
    expect(delivered.verdict).toMatchObject({ result: "white", source: "test-list", version: "2026-01" });
    expect(delivered.deliveries).toMatchObject([{ collector: "main", state: "acknowledged" }]);
    expect(world.collector.requests).toHaveLength(1);
    expect(world.signer.requests).toMatchObject([{ deployment: "local", sources: "single", packet: { sequence } }]);

    await bridge.withdraw(attestationOf(delivered));
    const executed = await world.reaches(sequence, "executed");
    expect(executed.execution?.vote).toBe("white");
    expect(executed.reason).toBeNull();
    const order = ["observed", "final", "due", "screened", "signed", "delivered", "executed"];
    const times = order.map((state) => executed.times[state] ?? "");
    expect(times).toEqual(times.toSorted());
    expect(times).not.toContain("");
  });

  test("with a listed sender ends with the vote flagged", async () => {
    const { world, bridge } = scene;
    const sender = await bridge.source.account(4).getAddress();
    writeFileSync(world.listFile, `${sender.toLowerCase()}\n`);
    await world.start();
    const delivered = await world.reaches(await finalPacket({ account: 4 }), "delivered");
    expect(delivered.verdict?.result).toBe("flagged");
    await bridge.withdraw(attestationOf(delivered));
    expect((await world.reaches(BigInt(delivered.sequence), "executed")).execution?.vote).toBe("flagged");
  });

  test("with a listed receiver is flagged", async () => {
    const { world } = scene;
    await world.start();
    const delivered = await world.reaches(
      await finalPacket({ receiver: listedAddress.toUpperCase().replace("X", "x") }),
      "delivered",
    );
    expect(delivered.verdict?.result).toBe("flagged");
  });

  test("is nobody else's: packets that can't be attested stay out of the others' way", async () => {
    const { world } = scene;
    await world.start();
    const refused = [
      await finalPacket({ amount: 2n ** 200n, account: 4 }),
      await finalPacket({ receiver: "somebody" }),
    ];
    const good = await finalPacket();
    await world.reaches(good, "delivered");
    const shown = await Promise.all(refused.map((sequence) => world.reaches(sequence, "refused")));
    expect(shown.map(({ reason }) => reason)).toEqual([
      { code: "packet_unusable", text: "message.amount: must be below 2^128" },
      {
        code: "packet_unusable",
        text: expect.stringMatching(/^message\.receiver_address: is not a valid EVM address/),
      },
    ]);
    expect(world.signer.requests.map(({ packet }) => packet.sequence)).toEqual([good]);
    const { status, body } = await world.control("POST", `/v1/packets/1/2/${refused[0]}/retry`);
    expect({ status, body }).toMatchObject({ status: 409, body: { code: "conflict" } });
  });
});

test("a packet of a token service that the route does not name is refused, until the route names it", async () => {
  const { world, bridge } = scene;
  world.settings.routes[0].source.tokenService = bridge.sides[0].holding;
  await world.start();
  const sequence = await finalPacket();
  const refused = await world.reaches(sequence, "refused");
  expect(refused.reason).toEqual({
    code: "packet_off_route",
    text: "source.address: is not the route's token service",
  });
  expect(world.signer.requests).toEqual([]);
  world.settings.routes[0].source.tokenService = bridge.sides[0].tokenService;
  await world.start();
  await world.control("POST", `/v1/packets/1/2/${sequence}/retry`);
  await world.reaches(sequence, "delivered");
});

describe("screening that can't tell", () => {
  test("keeps packets waiting, and white is not given away", async () => {
    const { world } = scene;
    writeFileSync(world.listFile, "0x12");
    await world.start();
    const sequence = await finalPacket();
    const waiting = await waitsWith(sequence, "screening_cannot_tell");
    expect(waiting).toMatchObject({ state: "due", verdict: null });
    await world.complains(/^screening: the screening list test-list can't be used/);
    writeFileSync(world.listFile, `${listedAddress}\n`);
    expect((await world.reaches(sequence, "delivered")).verdict?.result).toBe("white");
  });
});

describe("a collector", () => {
  test("gets the attestation again until it has acknowledged it", async () => {
    const { world } = scene;
    await world.start();
    world.collector.reply = () => ({ status: 503 });
    const sequence = await finalPacket();
    await until("a failed delivery", async () => {
      const shown = await world.packet(sequence);
      return shown?.state === "signed" && shown.deliveries.some(({ attempts }) => Number(attempts) > 0);
    });
    world.collector.reply = undefined;
    await world.reaches(sequence, "delivered");
    expect(world.signer.requests.filter(({ packet }) => packet.sequence === sequence)).toHaveLength(1);
  });

  test("that holds another attestation of ours is alarmed and not asked again", async () => {
    const { world } = scene;
    await world.start();
    world.collector.reply = () => refusal(new AttestorError("conflict", { reason: "Another signature is stored" }));
    const sequence = await finalPacket();
    const shown = await until("the conflict", async () => {
      const packet = await world.packet(sequence);
      return packet?.deliveries[0]?.state === "conflict" ? packet : undefined;
    });
    expect(shown.state).toBe("signed");
    expect(
      world.log.some((line) => line.includes('"alarm":true') && line.includes("another attestation of ours")),
    ).toBe(true);
    expect(await world.metrics()).toMatch(/attestor_chain_deliveries_total\{collector="main",outcome="conflict"\} 1/);
  });
});

describe("the target chain", () => {
  test("that decided otherwise is recorded as a warning", async () => {
    const { world, bridge } = scene;
    await world.start();
    const delivered = await world.reaches(await finalPacket(), "delivered");
    const ours = attestationOf(delivered);
    await bridge.withdraw(world.signer.attest({ ...ours, verdict: { ...ours.verdict, result: "flagged" } }));
    const executed = await world.reaches(BigInt(delivered.sequence), "executed");
    expect(executed.reason).toEqual({
      code: "executed_other_vote",
      text: "the target chain's vote is flagged, ours was white",
    });
    expect(await world.metrics()).toMatch(/attestor_chain_other_votes_total\{route="alpha-to-beta"\} 1/);
  });

  test("that consumed another packet under the number stops the route, over restarts, until a person resumes it", async () => {
    const { world } = scene;
    world.destinationRpc.lie = async ({ method }, honest) => {
      if (method !== "eth_call") return undefined;
      const answer = String(await honest());
      return { result: /^0x0{64}$/.test(answer) ? `0x${"12".repeat(32)}` : answer }; // not consumed → consumed
    };
    await world.start();
    const sequence = await finalPacket();
    await world.complains(/route alpha-to-beta: packet 1\/2\/\d+: the target chain consumed another packet/);
    expect(await world.packet(sequence)).toMatchObject({ reason: { code: "executed_other_packet" } });

    world.destinationRpc.lie = undefined;
    await world.start();
    const next = await finalPacket();
    const status = await until("the next packet to be seen", async () => {
      const { body } = await world.control("GET", "/v1/status");
      return (await world.packet(next)) && (body as { routes: { stopped: string; ready: boolean }[] });
    });
    expect(status.routes[0]).toMatchObject({
      ready: false,
      stopped: expect.stringContaining("consumed another packet"),
    });
    expect(world.signer.requests.map(({ packet }) => packet.sequence)).not.toContain(next);

    expect(await world.control("POST", "/v1/routes/alpha-to-beta/resume")).toMatchObject({ status: 200 });
    await world.reaches(next, "delivered");
  });
});

test("heights are read up to the final block", async () => {
  const { world, bridge } = scene;
  await world.start();
  const sequence = await finalPacket();
  await world.reaches(sequence, "delivered");
  const { body } = await world.control("GET", "/v1/status");
  const height = await latestHeight(bridge.source);
  expect(body).toMatchObject({
    ready: true,
    chains: [
      { name: "alpha", singleSource: true, finality: "finalized", final: { height: { source: `${height - 2}` } } },
      {},
    ],
    routes: [{ scannedHeight: { source: `${height - 2}` }, counter: `${sequence}`, gaps: [] }],
  });
});
