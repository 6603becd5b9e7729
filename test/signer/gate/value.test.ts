import { describe, expect, it } from "vitest";
import type { VerdictResult } from "../../../shared/digest/index.ts";
import type { Limits, TokenLimit } from "../../../signer/policy/index.ts";
import { addresses, sampleRequest } from "../samples.ts";
import { type Bench, day, gateBench, hour } from "./bench.ts";

const { token, aleo: otherToken } = addresses;
const reserved = { state: "reserved" };
const review = (rule: string) => ({ outcome: "held", rule, reason: "review", retryAfterSeconds: 60 });
const full = { outcome: "held", rule: "value_window", reason: "window" };

function withLimits(limits: Limits): Bench {
  return gateBench({ limits });
}

function tokenLimit(changes: Partial<TokenLimit>): Limits {
  return { perToken: [{ token, windowLength: day, ...changes }] };
}

/** Asks for one packet of an amount. */
function ask(bench: Bench, sequence: bigint, amount: bigint, result: VerdictResult = "white", client = "chain-a") {
  return bench.ask(sampleRequest({ sequence, message: { amount } }, result), client);
}

describe("the value limit", () => {
  const huge = 2n ** 128n - 1n;
  it.each<[string, Limits | undefined, bigint, object]>([
    ["lets everything through where there is none", undefined, huge, reserved],
    ["lets everything through where only sequences are limited", { maximumJump: 100n }, huge, reserved],
    ["lets an amount at the limit through", tokenLimit({ single: 10n }), 10n, reserved],
    ["holds one above it for review", tokenLimit({ single: 10n }), 11n, review("value_limit")],
    ["holds the largest amount there is", tokenLimit({ single: huge - 1n }), huge, review("value_limit")],
    ["lets the largest amount through at that limit", tokenLimit({ single: huge }), huge, reserved],
    ["holds what no window can ever hold", tokenLimit({ window: 10n }), 11n, review("value_limit")],
    ["holds at the smaller of both", tokenLimit({ single: 100n, window: 10n }), 11n, review("value_limit")],
  ])("%s", async (_what, limits, amount, outcome) => {
    const bench = limits ? withLimits(limits) : gateBench();
    expect(await ask(bench, 1n, amount)).toMatchObject(outcome);
  });

  it("holds flagged packets too", async () => {
    const bench = withLimits(tokenLimit({ single: 10n }));
    expect(await ask(bench, 1n, 11n, "flagged")).toMatchObject(review("value_limit"));
  });

  it("says what it compared", async () => {
    const bench = withLimits(tokenLimit({ single: 10n }));
    expect(await ask(bench, 1n, 11n)).toMatchObject({
      inputs: { token, amount: "11", limit: "10", hold: "1", expires: "2026-02-07T12:00:00.000Z" },
    });
  });

  it("denies a token that has no limit beside tokens that have one", async () => {
    const bench = withLimits({ perToken: [{ token: otherToken, single: 1n, windowLength: day }] });
    expect(await ask(bench, 1n, 1n)).toMatchObject({ outcome: "denied", rule: "value_limit", inputs: { token } });
  });

  it("leaves alone what was reserved before the limit came", async () => {
    const bench = gateBench();
    await ask(bench, 1n, 11n);
    bench.policy.route = { ...bench.policy.route, limits: tokenLimit({ single: 10n, window: 10n }) };
    expect(await ask(bench, 1n, 11n)).toEqual({ state: "signing" });
  });
});

describe("the sequence jump", () => {
  const jumps = (changes = {}) => gateBench({ limits: { maximumJump: 10n }, ...changes });

  it.each<[string, bigint, object]>([
    ["lets the start through", 5n, reserved],
    ["lets the furthest allowed sequence through", 14n, reserved],
    ["holds one further ahead for review", 15n, review("sequence_jump")],
    ["holds the largest sequence", 2n ** 64n - 1n, review("sequence_jump")],
  ])("%s, counted from the route's start where nothing is reserved", async (_what, sequence, outcome) => {
    expect(await ask(jumps({ startSequence: 5n }), sequence, 1n)).toMatchObject(outcome);
  });

  it("counts from the highest sequence that was reserved, and lets lower ones through", async () => {
    const bench = jumps();
    expect(await ask(bench, 10n, 1n)).toEqual(reserved);
    expect(await ask(bench, 21n, 1n)).toMatchObject({
      ...review("sequence_jump"),
      inputs: { sequence: "21", highest: "10", maximumJump: "10" },
    });
    expect(await ask(bench, 20n, 1n)).toEqual(reserved);
    expect(await ask(bench, 3n, 1n)).toEqual(reserved);
    expect(await ask(bench, 30n, 1n)).toEqual(reserved);
  });

  it("counts from the start where that was raised above everything reserved", async () => {
    const bench = jumps();
    await ask(bench, 1n, 1n);
    bench.policy.route = { ...bench.policy.route, startSequence: 1_000n };
    expect(await ask(bench, 1_009n, 1n)).toEqual(reserved);
  });

  it("does not count what is only held", async () => {
    const bench = jumps();
    await ask(bench, 11n, 1n);
    await ask(bench, 12n, 1n);
    expect(await ask(bench, 13n, 1n)).toMatchObject(review("sequence_jump"));
  });

  it("knows each route for itself", async () => {
    const bench = jumps();
    await bench.ask(sampleRequest({ sequence: 9n }, "white", { deployment: "other" }));
    expect(await ask(bench, 19n, 1n)).toMatchObject(review("sequence_jump"));
  });
});

describe("the value window", () => {
  it("holds what does not fit into it, to the unit, and lets in what still does", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    expect(await ask(bench, 1n, 60n)).toEqual(reserved);
    expect(await ask(bench, 2n, 41n)).toMatchObject({
      ...full,
      inputs: { token, amount: "41", spent: "60", window: "100", windowSeconds: "86400" },
    });
    expect(await ask(bench, 3n, 40n)).toEqual(reserved);
    expect(await ask(bench, 4n, 1n)).toMatchObject(full);
    expect(await ask(bench, 5n, 0n)).toEqual(reserved);
  });

  it("lets a held packet in as soon as there is room, with nobody's help", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    await ask(bench, 1n, 60n);
    bench.clock.pass(hour);
    await ask(bench, 2n, 40n);
    expect(await ask(bench, 3n, 61n)).toMatchObject({ ...full, retryAfterSeconds: 3_600 });
    bench.clock.pass(22.5 * hour);
    expect(await ask(bench, 3n, 60n)).toMatchObject({ ...full, retryAfterSeconds: 1_800 });
    bench.clock.pass(0.5 * hour - 1);
    expect(await ask(bench, 3n, 60n)).toMatchObject({ ...full, retryAfterSeconds: 1 });
    bench.clock.pass(1);
    expect(await ask(bench, 3n, 60n)).toEqual(reserved);
  });

  it("counts white verdicts alone", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    await ask(bench, 1n, 100n, "flagged");
    expect(await ask(bench, 2n, 100n)).toEqual(reserved);
    expect(await ask(bench, 3n, 100n, "flagged")).toEqual(reserved);
    expect(await ask(bench, 4n, 1n)).toMatchObject(full);
  });

  it("counts a packet once, however often it is asked for", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    await ask(bench, 1n, 50n);
    for (let turn = 0; turn < 5; turn += 1) expect(await ask(bench, 1n, 50n)).toEqual({ state: "signing" });
    expect(await ask(bench, 2n, 50n)).toEqual(reserved);
  });

  it("counts nothing of what another rule holds", async () => {
    const bench = gateBench({ limits: tokenLimit({ window: 100n }), signerWait: hour });
    for (const sequence of [1n, 2n, 3n]) expect(await ask(bench, sequence, 60n)).toMatchObject({ rule: "announce" });
    bench.clock.pass(hour);
    expect(await ask(bench, 3n, 60n)).toEqual(reserved);
    expect(await ask(bench, 1n, 60n)).toMatchObject(full);
  });

  it("counts what was reserved before there was a limit", async () => {
    const bench = gateBench();
    await ask(bench, 1n, 70n);
    bench.policy.route = { ...bench.policy.route, limits: tokenLimit({ window: 100n }) };
    expect(await ask(bench, 2n, 31n)).toMatchObject(full);
  });

  it("follows a policy that changes its limit and its length, also back", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    await ask(bench, 1n, 60n);
    bench.clock.pass(2 * hour);
    expect(await ask(bench, 2n, 60n)).toMatchObject(full);
    bench.policy.route = { ...bench.policy.route, limits: tokenLimit({ window: 100n, windowLength: hour }) };
    expect(await ask(bench, 2n, 60n)).toEqual(reserved);
    bench.policy.route = { ...bench.policy.route, limits: tokenLimit({ window: 150n }) };
    expect(await ask(bench, 3n, 31n)).toMatchObject({ ...full, inputs: { spent: "120" } });
    expect(await ask(bench, 3n, 30n)).toEqual(reserved);
  });

  it("has a sum for each token and each route", async () => {
    const perToken = [token, addresses.sender].map((each) => ({ token: each, window: 100n, windowLength: day }));
    const bench = withLimits({ perToken });
    await ask(bench, 1n, 100n);
    expect(await ask(bench, 2n, 1n)).toMatchObject(full);
    const other = { sequence: 3n, message: { amount: 100n, destTokenAddress: addresses.sender } };
    expect(await bench.ask(sampleRequest(other))).toEqual(reserved);
    expect(await bench.ask(sampleRequest({ sequence: 4n }, "white", { deployment: "other" }))).toEqual(reserved);
  });

  it("adds up amounts of 128 bits", async () => {
    const half = 2n ** 127n;
    const bench = withLimits(tokenLimit({ window: 2n * half - 1n }));
    await ask(bench, 1n, half);
    expect(await ask(bench, 2n, half)).toMatchObject(full);
    expect(await ask(bench, 3n, half - 1n)).toEqual(reserved);
  });

  it("remembers across a restart", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    await ask(bench, 1n, 60n);
    bench.restart();
    expect(await ask(bench, 2n, 41n)).toMatchObject(full);
    expect(await ask(bench, 3n, 40n)).toEqual(reserved);
  });

  it("cannot be overshot by requests that come together", async () => {
    const bench = withLimits(tokenLimit({ window: 100n }));
    const sequences = Array.from({ length: 40 }, (_, index) => BigInt(index + 1));
    const decided = await Promise.all(sequences.map((sequence) => ask(bench, sequence, 7n)));
    expect(decided.filter((each) => "state" in each)).toHaveLength(14);
    expect(decided.filter((each) => "outcome" in each && each.outcome === "held")).toHaveLength(26);
  });
});
