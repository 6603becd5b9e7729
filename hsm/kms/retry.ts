import { setTimeout as delay } from "node:timers/promises";

export interface RetryOptions {
  /** Milliseconds for all attempts together. */
  readonly budgetMs: number;
  /** Whether another attempt may succeed where this error came from. */
  mayRetry(error: unknown): boolean;
  /** 0 to 1; default Math.random: the clients that one outage hit must not all come back at once. */
  readonly random?: () => number;
}

/** Milliseconds before the second attempt at most; doubled for each further one. */
const firstDelay = 100;
const longestDelay = 2_000;

/**
 * Runs until it succeeds, fails for good, or the budget is spent. The SDK's own retries are not used: they know the
 * number of attempts, not the time that is left, and sleep past it.
 *
 * @param run is given a signal that aborts when the budget is spent. Whether it heeds it or not: the SDK waits for credentials
 * whatever its signal says.
 * @throws what the latest attempt threw that was not cut off by the budget; else what the cut-off one threw.
 */
export async function retryWithin<T>(
  { budgetMs, mayRetry, random = Math.random }: RetryOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(budgetMs);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  over.catch(() => {}); // nobody waits for it any more where the budget is spent later
  let told: unknown;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await Promise.race([run(signal), over]);
    } catch (error) {
      if (!signal.aborted) told = error;
      if (signal.aborted || !mayRetry(error)) throw told ?? error;
    }
    const longest = Math.min(longestDelay, firstDelay * 2 ** attempt);
    try {
      await delay(longest * (0.5 + random() / 2), undefined, { signal });
    } catch {
      throw told;
    }
  }
}
