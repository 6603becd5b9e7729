import { movableClock } from "./movableClock.ts";

/** A clock that runs ahead by a minute whenever it is told to, and on which nobody sleeps long: no back-off is waited out. */
export function hurriedClock() {
  const clock = movableClock();
  return {
    now: () => clock.now(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(Math.min(ms, 100), signal),
    hurry: () => {
      clock.ahead += 61;
    },
  };
}
