import fc from "fast-check";
import { test } from "vitest";
import { retryDelay } from "../../chain/backOff.ts";
import { assertAlways } from "../support/assertAlways.ts";

const backOff = fc.record({
  first: fc.integer({ min: 10, max: 5_000 }),
  longest: fc.integer({ min: 5_000, max: 1e8 }),
});
const random = fc.integer({ min: 0, max: 999_999 }).map((part) => part / 1_000_000);

test("a retry comes after more than half of the doubled time and at most all of it, never sooner for more failures", async () => {
  const property = fc.property(backOff, fc.nat(2_000), random, (times, failures, part) => {
    const full = Math.min(times.longest, times.first * 2 ** failures);
    const delay = retryDelay(times, failures, part);
    return delay >= Math.floor(full / 2) && delay <= full && retryDelay(times, failures + 1, part) >= delay;
  });
  await assertAlways("retry delays", property, 1_000);
});

test("two packets that failed equally often retry as far apart as their random numbers are", async () => {
  const property = fc.property(backOff, fc.nat(2_000), random, random, (times, failures, one, other) => {
    const full = Math.min(times.longest, times.first * 2 ** failures);
    const apart = Math.abs(retryDelay(times, failures, one) - retryDelay(times, failures, other));
    return Math.abs(apart - (full * Math.abs(one - other)) / 2) <= 1.001;
  });
  await assertAlways("retry delays of two packets", property, 1_000);
});
