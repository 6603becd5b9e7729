import type { Logger } from "../../shared/log/index.ts";
import type { RememberingClock } from "../rememberingClock.ts";
import type { Store } from "../store/index.ts";

/** What a clock may go back without being set: corrections of a second and less are everyday, in milliseconds. */
const toleratedStep = 2_000;

/**
 * Watches for a clock that is put back. Next tries were set by the clock as it was, so they would come late by the whole
 * step: they are all made now instead, which costs peers a question each. Nothing else depends on the clock's going on:
 * waits are counted from the chain's time too.
 *
 * @returns one look; true if the clock is behind what it told anybody since the look before.
 */
export function watchClock(parts: {
  readonly clock: RememberingClock;
  readonly store: Pick<Store, "tryAllNow">;
  readonly logger: Logger;
}) {
  const { clock, store, logger } = parts;
  return (): boolean => {
    const latest = clock.takeLatest();
    const now = clock.now();
    const back = latest - now;
    if (back <= toleratedStep) return false;
    store.tryAllNow(now);
    logger.warn({ seconds: Math.round(back / 1_000) }, "the clock was put back: everything that waits is tried now");
    return true;
  };
}
