import { describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";

describe("the system's clock", () => {
  it("tells milliseconds since 1970", () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it("sleeps as long as it was told", async () => {
    const started = performance.now();
    await systemClock.sleep(50);
    expect(performance.now() - started).toBeGreaterThanOrEqual(49);
  });

  it("wakes up at once, and does not throw, when the signal aborts", async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error("stop"));
    await expect(sleeping).resolves.toBeUndefined();
  });

  it("does not fall asleep when the signal has aborted before", async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it("lets others run even when it sleeps no time at all", async () => {
    let ran = false;
    setImmediate(() => {
      ran = true;
    });
    while (!ran) await systemClock.sleep(0);
    expect(ran).toBe(true);
  });
});

it("sleeps longer than a timer of Node can take: 30 days are not cut to a millisecond", async () => {
  let awake = false;
  const stop = new AbortController();
  const sleeping = systemClock.sleep(30 * 86_400_000, stop.signal).then(() => {
    awake = true;
  });
  await systemClock.sleep(50);
  expect(awake).toBe(false);
  stop.abort();
  await sleeping;
});
