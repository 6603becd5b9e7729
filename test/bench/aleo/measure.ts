/** What something took, in milliseconds. */
export interface Time {
  /** Of the processor, in this thread: what it cost. Other work on the machine hardly changes it. */
  readonly processor: number;
  /** By the clock: how long nothing else could run in this thread. */
  readonly elapsed: number;
}

export function timeOf(act: () => unknown): Time {
  const [startedAt, before] = [performance.now(), process.threadCpuUsage()];
  act();
  const { user, system } = process.threadCpuUsage(before);
  return { processor: (user + system) / 1000, elapsed: performance.now() - startedAt };
}

/**
 * Times several acts in turn, round by round, so that whatever else the machine does meets all of them alike. A first round
 * lets the compiler warm up and is not counted.
 *
 * @returns the median of all rounds, for one call.
 */
export function compare<Name extends string>(
  acts: Readonly<Record<Name, () => unknown>>,
  { rounds, calls }: { rounds: number; calls: number },
): Record<Name, Time> {
  const names = Object.keys(acts) as Name[];
  const times = new Map<Name, Time[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const time = timeOf(() => {
        for (let call = 0; call < calls; call++) acts[name]();
      });
      if (round > 0) times.get(name)?.push(time);
    }
  }
  const perCall = (name: Name): Time => {
    const ofName = times.get(name) ?? [];
    return {
      processor: median(ofName.map(({ processor }) => processor)) / calls,
      elapsed: median(ofName.map(({ elapsed }) => elapsed)) / calls,
    };
  };
  return Object.fromEntries(names.map((name) => [name, perCall(name)])) as Record<Name, Time>;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
