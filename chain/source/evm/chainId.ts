import type { Clock } from "../../../shared/clock/index.ts";

/** How long a provider's right chain id is believed before it is asked again, in milliseconds. */
const believedFor = 60_000;

/** What one provider said last that its chain is, and when that has to be asked again. */
export interface ChainIdCheck {
  /** Whether it has to be asked before its heads count: at most once a minute while it is right, always while it is not. */
  isDue(): boolean;
  /** @returns true if it says another chain than it said before, and a wrong one. */
  said(id: bigint): boolean;
  /** What is wrong with what it said last, or undefined. */
  fault(): string | undefined;
}

/**
 * An address may lead to another node at any time, and two chains may look alike for long (a fork, a test chain with the
 * same contracts), so the id that was right at the start does not stay so by itself.
 */
export function createChainIdCheck(expected: bigint, clock: Pick<Clock, "now">): ChainIdCheck {
  let last: { readonly id: bigint; readonly at: number } | undefined;
  return {
    // The distance either way, so that a clock that is set back lets nobody be believed for longer.
    isDue: () => last?.id !== expected || Math.abs(clock.now() - last.at) >= believedFor,
    said(id) {
      const turned = id !== expected && id !== last?.id;
      last = { id, at: clock.now() };
      return turned;
    },
    fault: () =>
      last === undefined || last.id === expected ? undefined : `it serves chain ${last.id} instead of ${expected}`,
  };
}
