import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AttestorError } from "../../shared/errors/index.ts";
import { type Attestation, attestationToWire } from "../../shared/wire/index.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import { listedAddress, type ShownPacket } from "./support/chainWorld.ts";
import { denial, freePort, refusal, strangerKey } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

/** Sends a packet and makes its block final. */
async function finalPacket(transfer?: Parameters<typeof scene.bridge.transfer>[0]): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer(transfer);
  await makeFinal(scene.bridge.source);
  return sequence;
}

/** The attestation of a packet as the collector got it, with what it computes itself. */
function attestationOf(shown: ShownPacket): Attestation {
  const submitted = scene.world.collector.requests.find(({ packet }) => `${packet.sequence}` === shown.sequence);
  if (!submitted) throw new Error(`packet ${shown.sequence} was not delivered`);
  return { ...scene.world.signer.attest(submitted), ...submitted };
}

const waitsWith = (sequence: bigint, code: string) =>
  until(`packet ${sequence} to wait with ${code}`, async () => {
    const shown = await scene.world.packet(sequence);
    return shown?.reason?.code === code ? shown : undefined;
  });

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

describe("the signer's denial", () => {
  test("by its own list turns white into flagged, once, before anything is signed", async () => {
    const { world } = scene;
    const inputs = { field: "packet.message.sender_address", found: "0x01", list: "deny 2026-02" };
    const onList = new AttestorError("denied", { rule: "deny_list", reason: "it is on the deny list", inputs });
    world.signer.reply = ({ verdict }) =>
      verdict.result === "white" ? refusal(onList, { outcome: "denied" }) : undefined;
    await world.start();
    const sequence = await finalPacket();
    const delivered = await world.reaches(sequence, "delivered");
    expect(delivered.verdict).toMatchObject({ result: "flagged", source: "signer-deny-list", version: "deny 2026-02" });
    expect(delivered.findings).toMatchObject([
      { source: "test-list", version: "2026-01", result: "white", hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { source: "signer-deny-list", version: "deny 2026-02", result: "flagged" },
    ]);
    expect(world.signer.requests.map(({ verdict }) => verdict.result)).toEqual(["white", "flagged"]);
  });

  test("of a flagged packet by the same rule refuses it: a verdict turns once", async () => {
    const { world } = scene;
    const denied = new AttestorError("denied", { rule: "deny_list", reason: "no", inputs: {} });
    world.signer.reply = () => refusal(denied, { outcome: "denied" });
    await world.start();
    const refused = await world.reaches(await finalPacket(), "refused");
    expect(refused.verdict).toMatchObject({ result: "flagged", version: "unknown" });
    expect(world.signer.requests.map(({ verdict }) => verdict.result)).toEqual(["white", "flagged"]);
  });

  test("refuses the packet until an operator retries it, with the verdict that it had", async () => {
    const { world, bridge } = scene;
    await world.start();
    world.signer.reply = () => denial("this route is not served");
    const sequence = await finalPacket({ account: 5 });
    const refused = await world.reaches(sequence, "refused");
    expect(refused.reason).toEqual({ code: "denied", text: "Denied by rule route: this route is not served." });
    expect(refused.attestation).toBeNull();

    world.signer.reply = undefined;
    writeFileSync(world.listFile, `${await bridge.source.account(5).getAddress()}\n`);
    expect((await world.control("POST", `/v1/packets/1/2/${sequence}/retry`)).status).toBe(200);
    const delivered = await world.reaches(sequence, "delivered");
    expect(delivered.verdict).toEqual(refused.verdict);
    expect(world.log.some((line) => line.includes('"audit":true') && line.includes("retries a packet"))).toBe(true);
  });
});

describe("a request that the signer cannot read", () => {
  const unreadable = (field: string) => refusal(new AttestorError("invalid_field", { field, reason: "does not fit" }));

  test("for a field of the packet refuses it with the field named, asks once, and holds up no other", async () => {
    const { world } = scene;
    world.signer.reply = ({ packet }) => (packet.message.amount === 66n ? unreadable("packet.version") : undefined);
    await world.start();
    const bad = await finalPacket({ amount: 66n });
    const good = await finalPacket();
    expect((await world.reaches(bad, "refused")).reason).toEqual({
      code: "invalid_field",
      text: "packet.version: does not fit.",
    });
    await world.reaches(good, "delivered");
    await world.becomesReady();
    expect(world.signer.requests.filter(({ packet }) => packet.sequence === bad)).toHaveLength(1);
    expect((await world.control("GET", "/v1/packets?state=refused")).body).toMatchObject({
      packets: [{ sequence: `${bad}`, reason: { code: "invalid_field" } }],
    });
    world.signer.reply = undefined;
    expect((await world.control("POST", `/v1/packets/1/2/${bad}/retry`)).status).toBe(200);
    await world.reaches(bad, "delivered");
  });

  test("for what no packet has is asked again until the signer can: no packet is dropped for another version", async () => {
    const { world } = scene;
    world.signer.reply = () => unreadable("packet.memo");
    await world.start();
    const sequence = await finalPacket();
    expect((await waitsWith(sequence, "invalid_field")).state).toBe("screened");
    await world.complains(/^signer: .*packet\.memo: does not fit/);
    world.signer.reply = undefined;
    await world.reaches(sequence, "delivered");
  });
});

describe("an attestation that is not what was asked for", () => {
  test.each<[string, (request: Parameters<typeof scene.world.signer.attest>[0]) => Attestation, string]>([
    [
      "by another key",
      (request) => scene.world.signer.attest(request, {}, strangerKey),
      "it names another attestor than the route's",
    ],
    [
      "by another key under our name",
      (request) => scene.world.signer.attest(request, { signer: scene.world.signer.address }, strangerKey),
      "its signature is not by the route's attestor",
    ],
    [
      "with another digest",
      (request) => scene.world.signer.attest(request, { digest: `0x${"12".repeat(32)}` }),
      "its digest is not that of packet and verdict",
    ],
    [
      "with the other verdict",
      (request) => scene.world.signer.attest({ ...request, verdict: { ...request.verdict, result: "flagged" } }),
      "it has another verdict",
    ],
  ])("%s: is alarmed and never stored; the right one is", async (_what, forge, problem) => {
    const { world } = scene;
    await world.start();
    world.signer.reply = (request) => ({
      status: 200,
      body: { outcome: "approved", attestation: attestationToWire(forge(request)) },
    });
    const sequence = await finalPacket();
    const waiting = await waitsWith(sequence, "attestation_rejected");
    expect(waiting).toMatchObject({ state: "screened", attestation: null });
    expect(waiting.reason?.text).toBe(`the signer's attestation was discarded: ${problem}`);
    expect(await world.metrics()).toMatch(/attestor_chain_rejected_attestations_total\{route="alpha-to-beta"\} [1-9]/);
    expect(world.collector.requests).toEqual([]);

    world.signer.reply = undefined;
    await world.reaches(sequence, "delivered");
  });
});

describe("the signer", () => {
  test("may hold a packet and approve it later", async () => {
    const { world } = scene;
    await world.start();
    world.signer.reply = () => ({ status: 202, body: { outcome: "held", reason: "review" } });
    const sequence = await finalPacket();
    expect((await world.reaches(sequence, "held")).reason?.code).toBe("held");
    world.signer.reply = undefined;
    expect((await world.reaches(sequence, "delivered")).times.held).toBeDefined();
  });

  test("may be busy, fail or be gone: it is asked again", async () => {
    const { world } = scene;
    const { url } = world.settings.signer;
    world.settings.signer.url = `https://127.0.0.1:${await freePort()}`;
    await world.start();
    const sequence = await finalPacket();
    await waitsWith(sequence, "peer_unreachable");
    await world.complains(/^signer: The signer does not answer \(ECONNREFUSED\)/);

    world.settings.signer.url = url;
    world.signer.reply = () => ({ status: 429, headers: { "retry-after": "1" } });
    await world.start();
    await waitsWith(sequence, "peer_answer_unusable");
    world.signer.reply = undefined;
    await world.reaches(sequence, "delivered");
  });

  test("that gave another verdict before is believed by its signature", async () => {
    const { world, bridge } = scene;
    await world.start();
    world.signer.reply = (request) => {
      const before = world.signer.attest({ ...request, verdict: { ...request.verdict, result: "flagged" } });
      const error = new AttestorError("verdict_already_given", { rule: "ledger", given: "flagged", asked: "white" });
      return refusal(error, { outcome: "denied", attestation: attestationToWire(before) });
    };
    const delivered = await world.reaches(await finalPacket(), "delivered");
    expect(delivered.verdict?.result).toBe("white");
    expect(delivered.attestation?.verdict.result).toBe("flagged");
    await bridge.withdraw(attestationOf(delivered));
    const executed = await world.reaches(BigInt(delivered.sequence), "executed");
    expect(executed).toMatchObject({ execution: { vote: "flagged" }, reason: null });
  });

  test("without the attestor's key is named before the first packet", async () => {
    const { world } = scene;
    world.settings.routes[0].attestor = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
    await world.start();
    await world.complains(/^signer: it has no key for attestor 0xBd31ba\w+ of route alpha-to-beta/);
  });

  test("without a successor's key is named before the sequence comes, and signs on below it", async () => {
    const { world } = scene;
    const successor = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
    world.settings.routes[0].successors = [{ attestor: successor, fromSequence: 1_000_000 }];
    await world.start();
    await world.complains(/^signer: it has no key for attestor 0xBd31ba\w+ of route alpha-to-beta/);
    await world.reaches(await finalPacket(), "delivered");
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
