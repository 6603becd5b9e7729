import { setTimeout as delay } from "node:timers/promises";

/** Time, passed in so that tests can hold it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `milliseconds` of any size, or at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Longest delay of a Node timer (2^31 − 1 ms, about 24.8 days); a longer one would fire at once. */
const longestTimer = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      let left = milliseconds;
      do {
        await delay(Math.min(left, longestTimer), undefined, signal ? { signal } : {});
        left -= longestTimer;
      } while (left > 0);
    } catch {
      // an aborted sleep ends early; whoever sleeps looks at the signal itself
    }
  },
};
