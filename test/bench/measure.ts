export interface Figure {
  /** The middle one of all rounds, in milliseconds. */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** How long one call takes, in milliseconds. */
export function timeOf(act: () => unknown): number {
  const startedAt = performance.now();
  act();
  return performance.now() - startedAt;
}

/**
 * Times several acts in turn, round by round, so that whatever else the machine does meets all of them alike. A first round
 * lets the compiler warm up and is not counted.
 */
export function compare<Name extends string>(
  acts: Readonly<Record<Name, () => unknown>>,
  { rounds, calls }: { rounds: number; calls: number },
): Record<Name, Figure> {
  const names = Object.keys(acts) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const time = timeOf(() => {
        for (let call = 0; call < calls; call++) acts[name]();
      });
      if (round > 0) times.get(name)?.push(time / calls);
    }
  }
  return Object.fromEntries(names.map((name) => [name, figureOf(times.get(name) ?? [])])) as Record<Name, Figure>;
}

function figureOf(times: readonly number[]): Figure {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { median: at(sorted.length >> 1), fastest: at(0), slowest: at(sorted.length - 1) };
}
