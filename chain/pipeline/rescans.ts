import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { ChainMetrics } from "../metrics.ts";
import { type Difference, rescanRoute } from "./rescan.ts";
import type { RouteContext } from "./routeContext.ts";

const dayMs = 86_400_000;
/** Time until a night's rescan that broke off is begun again, in milliseconds. */
const againAfter = 600_000;
/** Time between two looks whether a route that is due can be read yet, in milliseconds. */
const lookAgain = 1_000;

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

/**
 * The rescans of a service: one at a time, at an operator's wish and each night. When a route was last read again is
 * stored: a night that the service was down for, or that broke off, is made up for once.
 */
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
  let brokeOffAt: number | undefined;
  for (const { store, key } of routes) {
    if (store.routes.rescannedAt(key) === undefined) store.routes.noteRescan(key, clock.now());
  }

  /** A route that cannot be read keeps no other from it. @returns the names of those that were read in full. */
  async function run(jobs: readonly RescanJob[]): Promise<Set<string>> {
    const complete = new Set<string>();
    running = true;
    const differences: Difference[] = [];
    let fault: string | null = null;
    for (const job of jobs) {
      const context = routes.find(({ route }) => route.name === job.route);
      if (!context) continue;
      try {
        differences.push(...(await rescanRoute(context, job, stop.signal)));
        if (!stop.signal.aborted) complete.add(job.route);
      } catch (error) {
        if (!(error instanceof AttestorError)) {
          running = false;
          throw error;
        }
        fault ??= error.message;
      }
    }
    running = false;
    last = { jobs, finishedAt: clock.now(), differences, fault };
    for (const { route } of differences) metrics.rescanDifferences.inc({ route });
    if (differences.length > 0) logger.error({ alarm: true, differences, jobs }, "a rescan found differences");
    else if (fault === null) logger.info({ jobs }, "a rescan found no difference");
    else logger.warn({ jobs, fault }, "a rescan broke off");
    return complete;
  }

  /** When the route's next night begins; in the past where one was missed. A clock that was put back delays none. */
  function nightOf({ store, key }: RouteContext): number {
    return nextTime(Math.min(store.routes.rescannedAt(key) ?? clock.now(), clock.now()), settings.at);
  }

  /** What is due and can be read: a chain's providers are believed only after the first look at it. */
  function dueRoutes(): RouteContext[] {
    if (brokeOffAt !== undefined && Math.abs(clock.now() - brokeOffAt) < againAfter) return [];
    return routes.filter((context) => nightOf(context) <= clock.now() && context.progress.sourceChecked);
  }

  async function nightly(due: readonly RouteContext[]): Promise<void> {
    const begun = clock.now();
    const jobs = due.flatMap(({ route, store, key }) => {
      const cursor = store.routes.cursor(key);
      return cursor
        ? [{ route: route.name, from: Math.max(0, cursor.height - settings.blocks + 1), to: cursor.height }]
        : [];
    });
    const complete = await run(jobs);
    const read = due.filter(({ route }) => complete.has(route.name));
    for (const { store, key } of read) store.routes.noteRescan(key, begun);
    brokeOffAt = read.length < due.length ? clock.now() : undefined;
  }

  function untilNext(): number {
    const next = Math.min(...routes.map(nightOf)) - clock.now();
    return next > 0 ? next : lookAgain;
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
      const due = settings.blocks > 0 ? dueRoutes() : [];
      if (due.length > 0) await nightly(due);
      if (wanted.length > 0) return 0;
      return settings.blocks > 0 ? untilNext() : dayMs;
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
