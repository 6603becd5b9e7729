import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { ChainMetrics } from "../metrics.ts";
import { type Difference, rescanRoute } from "./rescan.ts";
import type { RouteContext } from "./routeContext.ts";

const dayMs = 86_400_000;

/** What is to be read again: heights of one route's source chain, or (nightly) the newest blocks of every route. */
export interface RescanJob {
  readonly route: string;
  readonly from: number;
  readonly to: number;
}

/** What came of a rescan. */
export interface RescanReport {
  readonly jobs: readonly RescanJob[];
  /** Milliseconds since 1970. */
  readonly finishedAt: number;
  readonly differences: readonly Difference[];
  /** Why it broke off, or null. */
  readonly fault: string | null;
}

/** The rescans of a service: one at a time, at an operator's wish and each night. */
export interface Rescans {
  /** @throws AttestorError `conflict` while one runs, `not_found` for an unknown route. */
  request(job: RescanJob): void;
  state(): { readonly running: boolean; readonly last: RescanReport | undefined };
  /** Does what is wanted now. @returns milliseconds until it wants to run again. */
  round(): Promise<number>;
  /** Called when there is something to do. */
  wake: () => void;
  /** Ends the rescan in progress after its current range. */
  cancel(): void;
}

export function createRescans(
  routes: readonly RouteContext[],
  settings: { readonly at: number; readonly blocks: number },
  { clock, logger, metrics }: { readonly clock: Clock; readonly logger: Logger; readonly metrics: ChainMetrics },
): Rescans {
  const stop = new AbortController();
  let wanted: readonly RescanJob[] = [];
  let running = false;
  let last: RescanReport | undefined;
  let night = nextTime(clock.now(), settings.at);

  async function run(jobs: readonly RescanJob[]): Promise<void> {
    running = true;
    const differences: Difference[] = [];
    let fault: string | null = null;
    try {
      for (const job of jobs) {
        const context = routes.find(({ route }) => route.name === job.route);
        if (context) differences.push(...(await rescanRoute(context, job, stop.signal)));
      }
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      fault = error.message;
    } finally {
      running = false;
    }
    last = { jobs, finishedAt: clock.now(), differences, fault };
    for (const { route } of differences) metrics.rescanDifferences.inc({ route });
    if (differences.length > 0) logger.error({ alarm: true, differences, jobs }, "a rescan found differences");
    else if (fault === null) logger.info({ jobs }, "a rescan found no difference");
    else logger.warn({ jobs, fault }, "a rescan broke off");
  }

  function nightly(): RescanJob[] {
    return routes.flatMap(({ route, store, key }) => {
      const cursor = store.routes.cursor(key);
      return cursor
        ? [{ route: route.name, from: Math.max(0, cursor.height - settings.blocks + 1), to: cursor.height }]
        : [];
    });
  }

  const rescans: Rescans = {
    wake: () => {},
    request(job) {
      if (!routes.some(({ route }) => route.name === job.route)) {
        throw new AttestorError("not_found", { what: `route ${job.route}` });
      }
      if (running || wanted.length > 0) throw new AttestorError("conflict", { reason: "A rescan runs already" });
      wanted = [job];
      rescans.wake();
    },
    state: () => ({ running: running || wanted.length > 0, last }),
    async round() {
      const jobs = wanted;
      if (jobs.length > 0) {
        running = true;
        wanted = [];
        await run(jobs);
      }
      if (settings.blocks > 0 && clock.now() >= night) {
        night = nextTime(clock.now(), settings.at);
        await run(nightly());
      }
      return wanted.length > 0 ? 0 : Math.max(0, night - clock.now());
    },
    cancel: () => stop.abort(),
  };
  return rescans;
}

/** The next moment that is `at` milliseconds after midnight, UTC. */
export function nextTime(now: number, at: number): number {
  const today = Math.floor(now / dayMs) * dayMs + at;
  return today > now ? today : today + dayMs;
}
