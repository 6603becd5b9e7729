import type { Client } from "../policy/index.ts";
import type { MonotonicClock } from "./clock/monotonicClock.ts";

/** The first rule: how many requests a client may send. It holds nothing and remembers nothing across restarts. */
export interface RateRule {
  /**
   * Takes one request out of a client's budget.
   *
   * @returns undefined if there was room, else in how many whole seconds there will be.
   */
  take(client: Pick<Client, "name" | "rate">): number | undefined;
}

/** A token bucket. */
interface Bucket {
  /** Requests that may be sent at once, with the part of the next one that has grown so far. */
  tokens: number;
  /** When that was so, by the monotonic clock. */
  atMs: number;
}

/**
 * A token bucket for each client: `burst` requests at once, `perSecond` over time. The limits are those that the client
 * has at the moment, so another policy counts at once; what was used up stays used up, also for one who is removed and
 * comes back.
 */
export function createRateRule(monotonic: Pick<MonotonicClock, "now">): RateRule {
  const buckets = new Map<string, Bucket>();
  return {
    take({ name, rate: { perSecond, burst } }) {
      const nowMs = monotonic.now();
      const bucket = buckets.get(name) ?? { tokens: burst, atMs: nowMs };
      buckets.set(name, bucket);
      const grown = bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1_000;
      bucket.tokens = Math.min(burst, grown);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      bucket.tokens -= 1;
      return undefined;
    },
  };
}
