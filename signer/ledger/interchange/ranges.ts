import type { SequenceRange } from "../closures.ts";

/** The highest of some sequences; 0 of none. */
export function highest(sequences: readonly bigint[]): bigint {
  let found = 0n;
  for (const sequence of sequences) if (sequence > found) found = sequence;
  return found;
}

/** Both lists are sorted and without overlaps; so is the result. */
export function intersect(a: readonly SequenceRange[], b: readonly SequenceRange[]): SequenceRange[] {
  const common: SequenceRange[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [left, right] = [a[i], b[j]];
    if (!left || !right) return common;
    const first = highest([left.first, right.first]);
    const endsFirst = left.last < right.last ? left : right;
    if (first <= endsFirst.last) common.push({ first, last: endsFirst.last });
    if (endsFirst === left) i += 1;
    else j += 1;
  }
}

/** The ranges without single sequences, which come in ascending order. */
export function without(ranges: readonly SequenceRange[], sequences: Iterable<bigint>): SequenceRange[] {
  const left: SequenceRange[] = [];
  const rest = ranges.values();
  let current = rest.next().value;
  for (const sequence of sequences) {
    while (current && current.last < sequence) {
      left.push(current);
      current = rest.next().value;
    }
    if (!current) return left;
    if (sequence < current.first) continue;
    if (current.first < sequence) left.push({ first: current.first, last: sequence - 1n });
    current = sequence < current.last ? { first: sequence + 1n, last: current.last } : rest.next().value;
  }
  if (current) left.push(current, ...rest);
  return left;
}
