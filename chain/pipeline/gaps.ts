/** Numbers that are missing, both ends included. */
export interface Gap {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Which of the numbers `after` + 1 to `counter` are not among `seen`. The contract's counter is the yardstick, so the
 * last number can be missing and is still noticed.
 *
 * @returns undefined if `seen` can't be true: a number twice, or one that the contract has not counted to yet.
 */
export function gapsIn(after: bigint, counter: bigint, seen: readonly bigint[]): Gap[] | undefined {
  if (counter < after) return undefined;
  const gaps: Gap[] = [];
  let last = after;
  for (const number of [...seen].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (number <= last || number > counter) return undefined;
    if (number > last + 1n) gaps.push({ from: last + 1n, to: number - 1n });
    last = number;
  }
  if (last < counter) gaps.push({ from: last + 1n, to: counter });
  return gaps;
}

/** How many numbers are missing. */
export function missingCount(gaps: readonly Gap[]): bigint {
  return gaps.reduce((sum, { from, to }) => sum + (to - from + 1n), 0n);
}

/** As people read it: "5, 7 to 9". Long lists are cut, with the number of what is left. */
export function describeGaps(gaps: readonly Gap[]): string {
  const shown = gaps.slice(0, 10).map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
  const more = gaps.length > shown.length ? ` and ${gaps.length - shown.length} more gaps` : "";
  return shown.join(", ") + more;
}
