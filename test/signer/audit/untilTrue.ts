import { setTimeout as pause } from "node:timers/promises";

/** Waits until the condition holds, at most half a minute. */
export async function untilTrue(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("it did not come true in time");
    await pause(10);
  }
}
