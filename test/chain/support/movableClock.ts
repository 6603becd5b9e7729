import { type Clock, systemClock } from "../../../shared/clock/index.ts";

/** A clock that the test can put forward. */
export function movableClock(): Clock & { ahead: number } {
  return {
    ahead: 0,
    now() {
      return systemClock.now() + this.ahead * 1_000;
    },
    sleep: systemClock.sleep,
  };
}
