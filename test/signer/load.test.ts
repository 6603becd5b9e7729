import { describe, expect, it } from "vitest";
import type { SignedDigest } from "../../hsm/index.ts";
import { createLoad, type Place } from "../../signer/load.ts";
import { refusal } from "../shared/refusal.ts";

/** A keeper whose calls a test ends, and a clock in its hand. */
function bench() {
  let now = 1_000;
  const load = createLoad({ now: () => now });
  const waiting: (() => void)[] = [];
  const keeper = load.watch({
    attest: () => {
      const { promise, resolve } = Promise.withResolvers<SignedDigest>();
      waiting.push(() => resolve({ packetHash: "0x", digest: "0x", signature: "0x" }));
      return promise;
    },
  });
  const request = {} as Parameters<typeof keeper.attest>[0];
  const calls: { place: Place; done: Promise<unknown> }[] = [];
  return {
    load,
    /** A request that comes now and asks the keeper. */
    ask(client = "a") {
      const place = load.enter(client);
      calls.push({ place, done: keeper.attest(request).finally(() => place.leave()) });
      return place;
    },
    /** After this time the keeper has signed so many. */
    async sign(count: number, afterMs: number) {
      now += afterMs;
      const ended = calls.splice(0, count).map(({ done }) => done);
      for (const end of waiting.splice(0, count)) end();
      await Promise.all(ended);
    },
    pass(milliseconds: number) {
      now += milliseconds;
    },
  };
}

describe("the load", () => {
  it("refuses nothing as long as it knows no pace", () => {
    const { ask } = bench();
    for (let times = 0; times < 1_000; times += 1) expect(ask().late).toBeUndefined();
  });

  it("refuses what would wait for longer than 8 s at the pace of an HSM that signs one at a time", async () => {
    const { ask, sign } = bench();
    for (let times = 0; times < 65; times += 1) ask();
    for (let times = 0; times < 64; times += 1) await sign(1, 100);
    // one is left; 79 more have 7.9 s before them at most
    for (let times = 0; times < 80; times += 1) expect(ask().late).toBeUndefined();
    const { late } = ask();
    expect(late).toMatchObject({ code: "overloaded", status: 503, data: { retryAfterSeconds: 9 } });
  });

  it("knows the pace of several sessions, which end together", async () => {
    const { ask, sign } = bench();
    for (let times = 0; times < 204; times += 1) ask();
    for (let times = 0; times < 50; times += 1) await sign(4, 100);
    // 4 in 100 ms: a wait of 8 s is 320 requests long
    for (let times = 0; times < 300; times += 1) expect(ask().late).toBeUndefined();
    for (let times = 0; times < 40; times += 1) ask();
    expect(ask().late).toBeDefined();
  });

  it("takes no hiccup for a pace: a long queue behind a slow start is let through", async () => {
    const { ask, sign } = bench();
    for (let times = 0; times < 60; times += 1) ask();
    await sign(1, 400);
    for (let times = 0; times < 60; times += 1) expect(ask().late).toBeUndefined();
    for (let times = 0; times < 100; times += 1) await sign(1, 2);
    for (let times = 0; times < 500; times += 1) expect(ask().late).toBeUndefined();
  });

  it("learns nothing from single requests, however long they take", async () => {
    const { ask, sign } = bench();
    for (let times = 0; times < 20; times += 1) {
      ask();
      await sign(1, 2_000);
    }
    for (let times = 0; times < 500; times += 1) expect(ask().late).toBeUndefined();
  });

  it("refuses while the HSM has been silent for too long, and lets through once it signs again", async () => {
    const { ask, sign, pass } = bench();
    ask();
    pass(8_000);
    expect(ask().late).toBeUndefined();
    pass(1);
    expect(ask().late).toBeDefined();
    await sign(3, 0);
    expect(ask().late).toBeUndefined();
  });

  it("refuses no client for what another one asks, because they take turns", async () => {
    const { ask, sign } = bench();
    for (let times = 0; times < 65; times += 1) ask("greedy");
    for (let times = 0; times < 64; times += 1) await sign(1, 100);
    for (let times = 0; times < 80; times += 1) ask("greedy");
    expect(ask("greedy").late).toBeDefined();
    // of each of its requests, one of the other's is before it: 39 have 7.9 s before them at most
    for (let times = 0; times < 40; times += 1) expect(ask("modest").late).toBeUndefined();
    expect(ask("modest").late).toBeDefined();
  });

  it("forgets a pace that is no longer so", async () => {
    const { ask, sign } = bench();
    for (let times = 0; times < 80; times += 1) ask();
    for (let times = 0; times < 79; times += 1) await sign(1, 1_000);
    for (let times = 0; times < 12; times += 1) ask();
    expect(ask().late).toBeDefined();
    for (let round = 0; round < 400; round += 1) {
      ask();
      await sign(1, 1);
    }
    for (let times = 0; times < 100; times += 1) expect(ask().late).toBeUndefined();
  });

  it("has room for 4,096 requests and not one more, until one of them leaves", () => {
    const { load } = bench();
    const places = Array.from({ length: 4_096 }, () => load.enter("a"));
    expect(load.inFlight()).toBe(4_096);
    const { data } = refusal("overloaded", () => load.enter("a"));
    expect(data).toEqual({ reason: "too many requests are on their way", retryAfterSeconds: 1 });
    places[0]?.leave();
    expect(load.enter("a").late).toBeUndefined();
  });
});
