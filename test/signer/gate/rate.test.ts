import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateRule } from "../../../signer/gate/index.ts";
import { chosenSeed } from "../../support/random.ts";

const seed = chosenSeed();

function bench() {
  let now = 5_000;
  const rule = createRateRule({ now: () => now });
  return {
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    take: (rate: { perSecond: number; burst: number }, name = "chain-a") => rule.take({ name, rate }),
    /** How many requests go through at once. */
    drain(rate: { perSecond: number; burst: number }, name = "chain-a") {
      let count = 0;
      while (rule.take({ name, rate }) === undefined) count += 1;
      return count;
    },
  };
}

describe("the rate rule", () => {
  const rate = { perSecond: 10, burst: 3 };

  it("lets a burst through, and then says when there is room again", () => {
    const { take, drain, pass } = bench();
    expect(drain(rate)).toBe(3);
    expect(take(rate)).toBe(1);
    pass(99);
    expect(take(rate)).toBe(1);
    pass(1);
    expect(take(rate)).toBeUndefined();
    expect(take(rate)).toBe(1);
  });

  it("tells a slow client to wait as long as it has to", () => {
    const { drain, take, pass } = bench();
    const slow = { perSecond: 1, burst: 1 };
    drain(slow);
    expect(take(slow)).toBe(1);
    pass(1_000);
    expect(take(slow)).toBeUndefined();
  });

  it("saves up no more than a burst", () => {
    const { drain, pass } = bench();
    drain(rate);
    pass(3_600_000);
    expect(drain(rate)).toBe(3);
  });

  it("charges nothing for what it refuses", () => {
    const { drain, take, pass } = bench();
    drain(rate);
    for (let times = 0; times < 1_000; times += 1) take(rate);
    pass(100);
    expect(take(rate)).toBeUndefined();
  });

  it("counts each client by itself", () => {
    const { drain } = bench();
    expect([drain(rate, "chain-a"), drain(rate, "chain-b")]).toEqual([3, 3]);
  });

  it("goes by the limits of the policy in force, and gives no new budget with them", () => {
    const { drain, take, pass } = bench();
    expect(drain(rate)).toBe(3);
    const wider = { perSecond: 1_000, burst: 100 };
    expect(take(wider)).toBe(1);
    pass(50);
    expect(drain(wider)).toBe(50);
    pass(1_000);
    expect(drain(rate), "a narrower burst cuts what was saved up").toBe(3);
  });

  it(`never lets more through within any time than burst and rate together (seed ${seed})`, () => {
    const steps = fc.array(fc.record({ wait: fc.nat(400), requests: fc.nat(12) }), { maxLength: 40 });
    const limits = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 10 }) });
    fc.assert(
      fc.property(limits, steps, (own, sent) => {
        const { take, pass } = bench();
        let elapsed = 0;
        const passed: number[] = [];
        for (const { wait, requests } of sent) {
          pass(wait);
          elapsed += wait;
          for (let at = 0; at < requests; at += 1) {
            const seconds = take(own);
            if (seconds === undefined) passed.push(elapsed);
            else expect(seconds).toBeGreaterThanOrEqual(1);
          }
        }
        for (const [from, start] of passed.entries()) {
          for (const [to, end] of passed.entries()) {
            if (to < from) continue;
            const allowed = own.burst + ((end - start) * own.perSecond) / 1_000;
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
      { seed, numRuns: 60 },
    );
  });
});
