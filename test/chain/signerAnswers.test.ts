import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AttestorError } from "../../shared/errors/index.ts";
import { type Attestation, attestationToWire } from "../../shared/wire/index.ts";
import { packetsOf } from "./support/packets.ts";
import { denial, freePort, refusal, strangerKey } from "./support/peers.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const { finalPacket, attestationOf, waitsWith } = packetsOf(scene);

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
    await world.complains(/^signer: The signer does not answer \(ECONNREFUSED: nothing listens there\)/);

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
