/** Whoever takes over from a sequence on: a key from the key before it, until the next one begins. */
export interface Successor {
  readonly fromSequence: bigint;
}

/** The sequences that belong to one holder: from `from` on, below `below`; no end where that is undefined. */
export interface Stretch {
  readonly from: bigint;
  readonly below: bigint | undefined;
}

/**
 * Who has taken over by a sequence; undefined while nobody has.
 *
 * @param successors in the order of their sequences.
 */
export function successorAt<S extends Successor>(successors: readonly S[], sequence: bigint): S | undefined {
  return successors.findLast(({ fromSequence }) => sequence >= fromSequence);
}

/**
 * The sequences of the holder at a place in the order, 0 for the one before all successors.
 *
 * @param successors in the order of their sequences.
 */
export function stretchAt(successors: readonly Successor[], place: number): Stretch {
  const from = place === 0 ? 0n : (successors[place - 1]?.fromSequence ?? 0n);
  return { from, below: successors[place]?.fromSequence };
}
