/** How the time between tries grows, in milliseconds. */
export interface BackOff {
  readonly first: number;
  readonly longest: number;
}

/** For peers and providers that fail: they may come back any moment, and asking them costs little. */
export const faultBackOff: BackOff = { first: 1_000, longest: 60_000 };

/**
 * Time until the next try: doubles with each failure up to the longest, less a random part of up to half, so that
 * many waiting packets don't return at one instant.
 *
 * @param failures failures in a row so far, 0 or more.
 * @param random number from 0 to below 1.
 */
export function retryDelay({ first, longest }: BackOff, failures: number, random: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures, 30));
  return Math.round(full * (1 - random / 2));
}
