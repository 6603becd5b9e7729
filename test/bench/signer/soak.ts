import type { BenchDaemon } from "./daemon.ts";
import { childrenOf, memoryOf } from "./processCpu.ts";

/** How often memory is looked at. */
const looks = 20;

/** Memory may grow by this share of itself over the whole run, by its slope: what a garbage collector leaves is no leak. */
const allowedShare = 0.1;

/** Resident memory of one process after some signatures. */
export interface MemoryLook {
  readonly signatures: number;
  readonly mib: number;
}

export interface Flatness {
  /** MiB for 100,000 signatures. */
  readonly slope: number;
  readonly isFlat: boolean;
}

/**
 * Whether memory stays where it is, by the median slope of all pairs of looks (Theil and Sen's), which no single
 * look decides. The first third is left out: a process fills its caches and its heap then.
 *
 * @param looks at least 4, in order.
 */
export function flatnessOf(memory: readonly MemoryLook[]): Flatness {
  const judged = memory.slice(Math.floor(memory.length / 3));
  const slopes = judged.flatMap((late, index) =>
    judged.slice(0, index).map((early) => (late.mib - early.mib) / (late.signatures - early.signatures)),
  );
  const slope = medianOf(slopes);
  const growth = slope * (memory.at(-1)?.signatures ?? 0);
  return { slope: slope * 100_000, isFlat: growth <= allowedShare * medianOf(judged.map(({ mib }) => mib)) };
}

export interface SoakResult {
  readonly daemon: readonly MemoryLook[];
  readonly keeper: readonly MemoryLook[];
}

/** Has so many attestations made, and looks at the memory of daemon and keeper in between. */
export async function soak(daemon: BenchDaemon, wanted: number, say: (text: string) => void): Promise<SoakResult> {
  const each = Math.max(1, Math.ceil(wanted / looks));
  const memory = { daemon: [] as MemoryLook[], keeper: [] as MemoryLook[] };
  for (let signatures = each; memory.daemon.length < looks; signatures += each) {
    await daemon.load({ concurrency: 16, batch: 4, destinations: [2], warmUp: each, seconds: 0 });
    const [ofDaemon, ofKeeper] = [memoryOf(daemon.pid), sum(childrenOf(daemon.pid).map(memoryOf))];
    memory.daemon.push({ signatures, mib: ofDaemon });
    memory.keeper.push({ signatures, mib: ofKeeper });
    say(`soak ${signatures}: daemon ${ofDaemon.toFixed(0)} MiB, keeper ${ofKeeper.toFixed(0)} MiB`);
  }
  return memory;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
