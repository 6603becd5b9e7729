import { describe, expect, it } from "vitest";
import type { VerdictResult } from "../../../shared/digest/index.ts";
import { addresses, sampleRequest } from "../samples.ts";
import { type Bench, benchClient, day, gateBench, hour, pinNamed, sampleOperator } from "./bench.ts";
import { drop, release, releaseByTwo } from "./holdDesk.ts";

const limits = { perToken: [{ token: addresses.token, single: 10n, windowLength: day }] };
const held = { outcome: "held", reason: "review" };
const denied = { outcome: "denied", rule: "value_limit" };
const dropped = { outcome: "denied", rule: "dropped" };
const reserved = { state: "reserved" };

function ask(bench: Bench, result: VerdictResult = "white", client = "chain-a", changes = {}) {
  return bench.ask(sampleRequest({ message: { amount: 11n }, ...changes }, result), client);
}

/** A bench with one hold, number 1. */
async function withHold(changes = {}): Promise<Bench> {
  const bench = gateBench({ limits, ...changes });
  expect(await ask(bench)).toMatchObject({ ...held, inputs: { hold: "1" } });
  return bench;
}

const holdRecords = ({ state }: Bench) =>
  state
    .read((database) => database.prepare("SELECT record FROM audit ORDER BY sequence").pluck().all())
    .map((record) => JSON.parse(String(record)))
    .filter(({ kind }) => kind === "hold")
    .map(({ body }) => body);

describe("a hold for review", () => {
  it("stays one hold, whoever asks for the same content how often", async () => {
    const bench = await withHold();
    expect(await ask(bench)).toMatchObject({ ...held, inputs: { hold: "1" } });
    expect(await ask(bench, "white", "chain-b")).toMatchObject({ ...held, inputs: { hold: "1" } });
    bench.restart();
    expect(await ask(bench)).toMatchObject({ ...held, inputs: { hold: "1" } });
  });

  it("is released by two different operators", async () => {
    const bench = await withHold();
    expect(await release(bench, "olga", 1)).toEqual({ approvals: ["olga"], released: false });
    expect(await ask(bench)).toMatchObject(held);
    expect(await release(bench, "otto", 1)).toEqual({ approvals: ["olga", "otto"], released: true });
    bench.restart();
    expect(await ask(bench)).toEqual(reserved);
    expect(await ask(bench)).toEqual({ state: "signing" });
  });

  it("is not released by one operator twice", async () => {
    const bench = await withHold();
    await release(bench, "olga", 1);
    expect(await release(bench, "olga", 1)).toEqual({ approvals: ["olga"], released: false });
    expect(await ask(bench)).toMatchObject(held);
  });

  it("is not released by one key under two names", async () => {
    const bench = await withHold();
    await release(bench, "olga", 1);
    bench.policy.operators = [
      { ...sampleOperator("second-name"), certificatePins: [pinNamed("olga")] },
      sampleOperator("otto"),
    ];
    await expect(release(bench, "second-name", 1)).rejects.toMatchObject({ code: "conflict" });
    expect(await release(bench, "otto", 1)).toEqual({ approvals: ["otto"], released: false });
  });

  it("is not released by an operator who is gone from the policy, or whose key is", async () => {
    const bench = await withHold();
    await releaseByTwo(bench, 1);
    const { operators } = bench.policy;
    bench.policy.operators = operators.filter(({ name }) => name !== "olga");
    expect(await ask(bench)).toMatchObject(held);
    bench.policy.operators = [
      ...bench.policy.operators,
      { ...sampleOperator("olga"), certificatePins: [pinNamed("x")] },
    ];
    expect(await ask(bench)).toMatchObject(held);
    bench.policy.operators = operators;
    expect(await ask(bench)).toEqual(reserved);
  });

  const renewing = (...pins: string[]) => ({ ...sampleOperator("olga"), certificatePins: pins.map(pinNamed) });

  /** Released by two, one of whom has two certificates meanwhile and used the old one. */
  async function releasedWhileRenewing() {
    const bench = await withHold();
    const others = bench.policy.operators.filter(({ name }) => name !== "olga");
    bench.policy.operators = [renewing("olga", "olga-new"), ...others];
    await releaseByTwo(bench, 1);
    return { bench, others };
  }

  it("is not released by a certificate that is gone from the policy, though its operator has another", async () => {
    const { bench, others } = await releasedWhileRenewing();
    bench.policy.operators = [renewing("olga-new"), ...others];
    expect(await ask(bench)).toMatchObject(held);
    const late = {
      operator: renewing("olga", "olga-new"),
      pin: pinNamed("olga"),
      id: 1,
      digest: bench.desk.hold(1).digest,
    };
    await expect(bench.desk.release(late)).rejects.toMatchObject({ code: "client_refused" });
    await expect(bench.desk.drop(late)).rejects.toMatchObject({ code: "client_refused" });
    expect(await bench.desk.release({ ...late, pin: pinNamed("olga-new") })).toMatchObject({ released: true });
    expect(await ask(bench)).toEqual(reserved);
  });

  it("is not released by an operator whose other certificate asked", async () => {
    const { bench, others } = await releasedWhileRenewing();
    bench.policy.operators = [renewing("olga"), ...others];
    bench.policy.clients = [...bench.policy.clients, benchClient("late", { pins: [pinNamed("olga-new")] })];
    expect(await ask(bench, "white", "late")).toMatchObject(held);
    expect(await ask(bench)).toMatchObject(held);
  });

  it("is not released by the requester, under whatever name its key acts now", async () => {
    const bench = await withHold();
    const turned = { ...sampleOperator("turncoat"), certificatePins: [pinNamed("turncoat"), pinNamed("chain-a")] };
    bench.policy.operators = [...bench.policy.operators, turned, sampleOperator("chain-a")];
    await expect(release(bench, "turncoat", 1)).rejects.toMatchObject({ code: "conflict" });
    await expect(release(bench, "chain-a", 1)).rejects.toMatchObject({ code: "conflict" });
  });

  it("is not released by an operator who approves first and asks then", async () => {
    const bench = await withHold();
    await releaseByTwo(bench, 1);
    bench.policy.clients = [...bench.policy.clients, benchClient("late", { pins: [pinNamed("otto")] })];
    expect(await ask(bench, "white", "late")).toMatchObject(held);
    expect(await ask(bench)).toMatchObject(held);
    await release(bench, "omar", 1);
    expect(await ask(bench)).toEqual(reserved);
  });

  it("is released for the very content that was looked at, and for no other", async () => {
    const bench = await withHold();
    const { digest } = holdRecords(bench)[0];
    await expect(release(bench, "olga", 1, `0x${"00".repeat(32)}`)).rejects.toMatchObject({ code: "conflict" });
    await releaseByTwo(bench, 1);
    expect(await ask(bench, "flagged")).toMatchObject({ ...held, inputs: { hold: "2" } });
    expect(await ask(bench, "white", "chain-a", { height: 101n })).toMatchObject({ ...held, inputs: { hold: "3" } });
    expect(await release(bench, "omar", 1, digest)).toMatchObject({ released: true });
    expect(await ask(bench)).toEqual(reserved);
    // what else had that id is history now
    expect(await ask(bench, "flagged")).toMatchObject({ state: "refused", code: "verdict_already_given" });
    await expect(release(bench, "olga", 2, digest)).rejects.toMatchObject({ code: "not_found" });
  });

  it("stays released for 24 hours after each approval", async () => {
    const bench = await withHold();
    await release(bench, "olga", 1);
    bench.clock.pass(23 * hour);
    await release(bench, "otto", 1);
    bench.clock.pass(hour);
    expect(await ask(bench)).toMatchObject(held);
    expect(await release(bench, "olga", 1)).toMatchObject({ released: true });
    expect(await ask(bench)).toEqual(reserved);
  });

  it("loses its approvals when another rule objects that nobody had seen", async () => {
    const bench = await withHold();
    await releaseByTwo(bench, 1);
    bench.policy.route = { ...bench.policy.route, limits: { ...limits, maximumJump: 1n } };
    expect(await ask(bench)).toMatchObject({ ...held, rule: "sequence_jump" });
    expect(await ask(bench)).toMatchObject({ ...held, rule: "value_limit" });
    await releaseByTwo(bench, 1);
    expect(await ask(bench)).toEqual(reserved);
  });

  it("is one hold for every rule that asks for it", async () => {
    const bench = gateBench({ limits: { ...limits, maximumJump: 1n } });
    expect(await ask(bench)).toMatchObject({ ...held, rule: "value_limit", inputs: { hold: "1" } });
    await releaseByTwo(bench, 1);
    expect(await ask(bench)).toEqual(reserved);
  });

  it("expires after 7 days: the request is denied, and the next one opens another hold", async () => {
    const bench = await withHold();
    bench.clock.pass(7 * day - 1);
    expect(await ask(bench)).toMatchObject(held);
    bench.clock.pass(1);
    await expect(release(bench, "olga", 1)).rejects.toMatchObject({ code: "conflict" });
    expect(await ask(bench)).toMatchObject(denied);
    expect(await ask(bench)).toMatchObject({ ...held, inputs: { hold: "2" } });
  });

  it("is dropped by one operator: then its content is denied for good", async () => {
    const bench = await withHold();
    await release(bench, "olga", 1);
    await drop(bench, "omar", 1);
    bench.clock.pass(30 * day);
    bench.restart();
    expect(await ask(bench)).toMatchObject({ ...dropped, inputs: { hold: "1" } });
    expect(await ask(bench, "white", "chain-b")).toMatchObject(dropped);
    expect(await ask(bench, "flagged")).toMatchObject(held);
  });

  it("comes back from a drop if two operators release it afterwards", async () => {
    const bench = await withHold();
    await release(bench, "olga", 1);
    await drop(bench, "omar", 1);
    expect(await release(bench, "otto", 1)).toEqual({ approvals: ["otto"], released: false });
    expect(await ask(bench)).toMatchObject(dropped);
    await release(bench, "olga", 1);
    expect(await ask(bench)).toEqual(reserved);
  });

  it("does not keep others from their release", async () => {
    const bench = await withHold();
    expect(await ask(bench, "white", "chain-a", { sequence: 8n })).toMatchObject({ inputs: { hold: "2" } });
    await drop(bench, "olga", 1);
    await releaseByTwo(bench, 2);
    expect(await ask(bench, "white", "chain-a", { sequence: 8n })).toEqual(reserved);
    expect(await ask(bench)).toMatchObject(dropped);
  });

  it.each([
    ["a larger limit lets it through", { perToken: [{ token: addresses.token, single: 11n }] }],
    ["no rule asks for a review any more", undefined],
  ])("stays dropped although %s", async (_what, wider) => {
    const bench = await withHold();
    await drop(bench, "omar", 1);
    const { limits: _, ...without } = bench.policy.route;
    const perToken = wider?.perToken.map((limit) => ({ ...limit, windowLength: day }));
    bench.policy.route = { ...without, ...(perToken && { limits: { perToken } }) };
    expect(await ask(bench)).toMatchObject({ ...dropped, inputs: { hold: "1", by: "omar" } });
    await releaseByTwo(bench, 1);
    expect(await ask(bench)).toEqual(reserved);
  });

  it("stays dropped although its sequence is no longer far ahead", async () => {
    const bench = gateBench({ limits: { maximumJump: 2n } });
    const invented = sampleRequest({ sequence: 4n });
    expect(await bench.ask(invented)).toMatchObject({ ...held, rule: "sequence_jump" });
    await drop(bench, "omar", 1);
    for (const sequence of [1n, 2n, 3n]) expect(await bench.ask(sampleRequest({ sequence }))).toEqual(reserved);
    expect(await bench.ask(invented)).toMatchObject(dropped);
    // the packet that the bridge did dispatch with this id is another content
    expect(await bench.ask(sampleRequest({ sequence: 4n, height: 101n }))).toEqual(reserved);
  });

  it("comes back from a drop by a release alone, not by a policy that lets an approval count again", async () => {
    const bench = await withHold();
    await drop(bench, "omar", 1);
    await release(bench, "olga", 1);
    const { operators } = bench.policy;
    bench.policy.operators = operators.filter(({ name }) => name !== "olga");
    expect(await release(bench, "otto", 1)).toEqual({ approvals: ["otto"], released: false });
    bench.policy.operators = operators;
    expect(bench.desk.hold(1)).toMatchObject({ state: "dropped", approvals: ["olga", "otto"] });
    expect(await ask(bench)).toMatchObject(dropped);
    expect(await release(bench, "otto", 1)).toMatchObject({ released: true });
    expect(await ask(bench)).toEqual(reserved);
  });

  it("has a record of each event, searchable by its packet", async () => {
    const bench = await withHold();
    await drop(bench, "omar", 1);
    await releaseByTwo(bench, 1);
    const common = { hold: "1", reason: "review", deployment: "local", packet: "1/2/7", digest: expect.any(String) };
    expect(holdRecords(bench)).toMatchObject([
      { ...common, event: "opened", client: "chain-a", rule: "value_limit" },
      { ...common, event: "dropped", operator: "omar" },
      { ...common, event: "approved", operator: "olga", released: false },
      { ...common, event: "approved", operator: "otto", released: true },
    ]);
  });

  it("leaves a record of who released it in the decision", async () => {
    const bench = await withHold();
    await releaseByTwo(bench, 1);
    await ask(bench);
    const last = bench.state.read((database) =>
      database.prepare("SELECT record FROM audit ORDER BY sequence DESC LIMIT 1").pluck().get(),
    );
    expect(JSON.parse(String(last)).body).toMatchObject({
      outcome: "approved",
      checked: { value_limit: { hold: "1", releasedBy: "olga, otto", amount: "11", limit: "10" } },
    });
  });
});

describe("a packet that is larger than its window", () => {
  it("is signed once released, and counts: nothing else fits until it no longer does", async () => {
    const window = { perToken: [{ token: addresses.token, window: 10n, windowLength: day }] };
    const bench = gateBench({ limits: window });
    await bench.ask(sampleRequest({ sequence: 1n, message: { amount: 10n } }));
    expect(await ask(bench)).toMatchObject({ ...held, rule: "value_limit" });
    await releaseByTwo(bench, 1);
    expect(await ask(bench)).toEqual(reserved);
    bench.clock.pass(day - 1);
    const small = sampleRequest({ sequence: 2n, message: { amount: 1n } });
    expect(await bench.ask(small)).toMatchObject({ reason: "window", inputs: { spent: "21" } });
    bench.clock.pass(1);
    expect(await bench.ask(small)).toEqual(reserved);
  });
});

describe("holds of one client", () => {
  it("are limited in number, so that a stolen key does not fill the disk; those of others are not", async () => {
    const bench = gateBench({ limits, signerWait: hour });
    await ask(bench);
    await bench.decide(({ database }) => {
      database.exec(`
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
        INSERT INTO gate_holds
          (reason, deployment, source, destination, sequence, digest, route, client, request, since_ms, expires_ms)
        SELECT reason, deployment, source, destination, sequence, digest || i, route, client, request, since_ms, expires_ms
        FROM n, gate_holds WHERE gate_holds.id <= 2`);
    });
    const other = { sequence: 8n };
    expect(await ask(bench, "white", "chain-a", other)).toMatchObject({
      outcome: "failed",
      rule: "value_limit",
      inputs: { client: "chain-a" },
    });
    expect(await ask(bench)).toMatchObject(held);
    expect(await bench.ask(sampleRequest({ sequence: 9n }))).toMatchObject({ outcome: "failed", rule: "announce" });
    expect(await ask(bench, "white", "chain-b", other)).toMatchObject(held);
    bench.clock.pass(7 * day);
    const { signerWait: _, ...route } = bench.policy.route;
    bench.policy.route = route;
    expect(await ask(bench, "white", "chain-a", { sequence: 10n })).toMatchObject(held);
  });
});
