import { setTimeout as delay } from "node:timers/promises";

/** Time, passed in so that tests can hold it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `milliseconds`, or at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, signal ? { signal } : {});
    } catch {
      // an aborted sleep ends early; whoever sleeps looks at the signal itself
    }
  },
};
