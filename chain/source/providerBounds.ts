import type { Bounds } from "../exchange.ts";

/** Largest answer that is read, in bytes: a full range of packets stays far below. */
const largestAnswer = 32 * 1_048_576;
/** Most bytes of a provider's answers that arrive at the same time: some of the largest, or very many as they usually are. */
const mostTogether = 3 * largestAnswer;
/** Longest time that a provider can ask to be left alone, in seconds. */
const longestRest = 600;

/** What bounds the exchanges with one provider of a chain. @param timeoutMs longest time for each. */
export function providerBounds(timeoutMs: number): Bounds {
  return { timeoutMs, largestAnswer, longestRest, room: { left: mostTogether } };
}
