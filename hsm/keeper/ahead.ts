/** How many requests a keeper is given at a time. */
export interface Ahead {
  requests(): number;
  /** Makes a request, and learns from it how fast the device signs. */
  watch<T>(request: () => Promise<T>): Promise<T>;
}

/** For each session, one in the token and one on its way. */
const leastOfSession = 2;
/** However fast it is: what is under way is made again when the keeper dies, so that it must stay few. */
const mostOfSession = 16;

/**
 * So many milliseconds of work are ahead of the keeper: several times as long as the daemon is busy with one commit and one batch's
 * answers, or a fast device runs out of work meanwhile; and no longer, because whoever is ahead has had its turn, whoever else
 * comes.
 */
const workAheadMs = 60;

/**
 * So much of a request's deadline may pass while it waits for those before it, whatever the sessions: of a device that signs one at
 * a time, two for each of many sessions would not come to their turn before the keeper is killed for them.
 */
const waitingShare = 1 / 2;

/** How many of the latest signatures make up the pace. */
const samples = 32;

export interface AheadOptions {
  readonly sessions: number;
  /** Milliseconds after which the keeper is killed for a request without an answer. */
  readonly callDeadlineMs: number;
  /** Milliseconds of a clock that nobody can set. */
  readonly now: () => number;
}

/**
 * Lets the work ahead of a keeper follow its device's pace: the time from one answer to the next while more are awaited, which
 * makes it right for any number of sessions. What fails tells nothing of the pace.
 */
export function createAhead({ sessions, callDeadlineMs, now }: AheadOptions): Ahead {
  let running = 0;
  let latest = 0;
  let seen = 0;
  let paceMs = 0;

  function ended(signed: boolean): void {
    running -= 1;
    const time = now();
    if (running > 0 && signed) {
      seen = Math.min(samples, seen + 1);
      paceMs += (time - latest - paceMs) / seen;
    }
    latest = time;
  }

  return {
    requests() {
      if (seen === 0) return sessions;
      const pace = Math.max(paceMs, 0.001);
      const inTime = Math.max(1, Math.floor((callDeadlineMs * waitingShare) / pace));
      const least = sessions * leastOfSession;
      if (seen < samples) return Math.min(inTime, least);
      return Math.min(inTime, sessions * mostOfSession, Math.max(least, Math.floor(workAheadMs / pace)));
    },
    async watch(request) {
      if (running === 0) latest = now();
      running += 1;
      let signed = false;
      try {
        const result = await request();
        signed = true;
        return result;
      } finally {
        ended(signed);
      }
    },
  };
}
