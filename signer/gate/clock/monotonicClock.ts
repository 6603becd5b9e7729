import { readFileSync } from "node:fs";

/** A clock that nobody can set. */
export interface MonotonicClock {
  /** Milliseconds since some moment that is the same during one `run`. */
  now(): number;
  /** Names the run of the machine within which readings can be compared, across processes too. */
  readonly run: string;
}

/** Linux keeps the name of its current run here; it changes with every boot. */
const bootIdFile = "/proc/sys/kernel/random/boot_id";

/** The machine's time since boot, which goes on across restarts of the process. */
export function systemMonotonicClock(): MonotonicClock {
  return { run: bootId(), now: () => Number(process.hrtime.bigint() / 1_000_000n) };
}

function bootId(): string {
  try {
    return readFileSync(bootIdFile, "utf8").trim();
  } catch {
    // without a name for the run, no reading of another process can be compared
    return `process-${process.pid}-${Date.now()}`;
  }
}
