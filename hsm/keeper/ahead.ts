/** How many requests a keeper is given at a time. */
export interface Ahead {
  requests(): number;
  /** Makes a request, and learns from it how fast the device signs. */
  watch<T>(request: () => Promise<T>): Promise<T>;
}

/** For each session, one in the token and one on its way, however slow the device is. */
const leastOfSession = 2;
/** However fast it is: what is under way is made again when the keeper dies, so that it must stay few. */
const mostOfSession = 16;

/**
 * So many milliseconds of work are ahead of the keeper: several times as long as the daemon is busy with one commit and one batch's
 * answers, or a fast device runs out of work meanwhile; and no longer, because whoever is ahead has had its turn, whoever else
 * comes.
 */
const workAheadMs = 60;

/** How many of the latest signatures make up the pace. */
const samples = 32;

/**
 * Lets the work ahead of a keeper follow its device's pace: the time from one answer to the next while more are awaited, which
 * makes it right for any number of sessions.
 *
 * @param now milliseconds of a clock that nobody can set.
 */
export function createAhead(sessions: number, now: () => number): Ahead {
  let running = 0;
  let latest = 0;
  let seen = 0;
  let paceMs = 0;

  function ended(): void {
    running -= 1;
    const time = now();
    if (running > 0) {
      seen = Math.min(samples, seen + 1);
      paceMs += (time - latest - paceMs) / seen;
    }
    latest = time;
  }

  return {
    requests() {
      const least = sessions * leastOfSession;
      if (seen < samples) return least;
      return Math.min(sessions * mostOfSession, Math.max(least, Math.floor(workAheadMs / Math.max(paceMs, 0.001))));
    },
    async watch(request) {
      if (running === 0) latest = now();
      running += 1;
      try {
        return await request();
      } finally {
        ended();
      }
    },
  };
}
