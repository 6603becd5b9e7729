import type { Clock } from "../shared/clock/index.ts";

/** A clock that knows the latest time that it told anybody. */
export interface RememberingClock extends Clock {
  /** The latest time since the last call, or now if that is later; milliseconds since 1970. */
  takeLatest(): number;
}

/** Whoever set a time for later read it off this clock, so no such time is missed, however short the clock stood there. */
export function rememberingClock(clock: Clock): RememberingClock {
  let latest = Number.NEGATIVE_INFINITY;
  const now = () => {
    const read = clock.now();
    latest = Math.max(latest, read);
    return read;
  };
  return {
    now,
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
    takeLatest() {
      const read = now();
      const told = latest;
      latest = read;
      return told;
    },
  };
}
