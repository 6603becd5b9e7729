import type { Bounds } from "../exchange.ts";

/** Largest answer that is read, in bytes: a full range of packets stays far below. */
const largestAnswer = 32 * 1_048_576;
/** Longest time that a provider can ask to be left alone, in seconds. */
const longestRest = 600;

/** What bounds an exchange with a provider of a chain. @param timeoutMs longest time for it. */
export function providerBounds(timeoutMs: number): Bounds {
  return { timeoutMs, largestAnswer, longestRest };
}
