import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { faultBackOff, retryDelay } from "../backOff.ts";
import type { Board } from "../board.ts";
import { concurrently } from "../concurrently.ts";
import type { RememberingClock } from "../rememberingClock.ts";
import type { Screening } from "../screening/index.ts";
import type { SignerClient } from "../signerClient/index.ts";
import { damageOf, type Store } from "../store/index.ts";
import { pollRequests } from "./acceptRequests.ts";
import { atMostEvery } from "./atMostEvery.ts";
import { checkSigner } from "./checkSigner.ts";
import { confirm } from "./confirm.ts";
import { createDeliverer, type DeliveryContext } from "./deliver.ts";
import { isStopped } from "./descent.ts";
import { lookAtCollector } from "./lookAtCollector.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Rescans } from "./rescans.ts";
import { isGated, type RouteContext } from "./routeContext.ts";
import { screen } from "./screen.ts";
import type { NewestShowing } from "./showNewest.ts";
import { sign } from "./sign.ts";
import { advanceOnSource, checkTarget, readHeads, type WatchedChain } from "./watchChain.ts";
import { watchClock } from "./watchClock.ts";

/** Longest time that a loop with nothing to do sleeps, in milliseconds; it is woken when there is something. */
const idle = 60_000;
/** Time between two looks at the signer, in milliseconds. */
const signerInterval = 10_000;
/** Shortest time between a look at the signer and one that a refused request asks for, in milliseconds. */
const shortestLook = 1_000;
/** Id of the signer's rule that fails everything until it was shown what it signed before its start. */
const newestRule = "newest";
/** How much sooner than by polling announced blocks let us look, and the bounds of the time in between, in milliseconds. */
const hintsPerPoll = 8;
const shortestQuiet = 100;
const longestQuiet = 1_000;
/** Packets that are archived before other work gets its turn, and time between two looks for more, in milliseconds. */
const archivedPerRound = 200;
const archiveInterval = 600_000;
/** Time between two looks at our own clock, in milliseconds. */
const clockInterval = 1_000;

/** Everything that the service's rounds of work need. */
export interface LoopParts {
  readonly store: Store;
  readonly chains: readonly WatchedChain[];
  readonly routes: readonly RouteContext[];
  readonly deliveries: readonly DeliveryContext[];
  readonly rescans: Rescans;
  readonly screening: Screening;
  readonly signer: SignerClient;
  readonly newest: NewestShowing;
  /** Age at which an executed packet is archived, in milliseconds. */
  readonly archiveAfterMs: number;
  readonly board: Board;
  readonly clock: RememberingClock;
  readonly logger: Logger;
}

/** One round on a chain: its heads, then each route's work there. Returns the pause in milliseconds until the next. */
export async function watchRound(parts: LoopParts, watched: WatchedChain, failures: number): Promise<number> {
  const heads = await readHeads(watched, parts);
  if (!heads && isStopped(watched, parts)) return watched.config.pollInterval;
  if (!heads) return retryDelay(faultBackOff, failures, Math.random());
  let more = false;
  await concurrently(parts.routes, parts.routes.length, async (context) => {
    if (context.route.destination.chain === watched.config) await checkTarget(context, heads);
    if (context.route.source.chain === watched.config && (await advanceOnSource(context, heads))) more = true;
  });
  return more ? 0 : watched.config.pollInterval;
}

/**
 * Lets announced blocks wake a chain's watcher, a few times per pollInterval at most, and not while its providers fail:
 * whoever announces what there is not must neither make us ask without end nor shorten a back-off.
 */
function lookSoonerOn(watched: WatchedChain, watcher: Loop): void {
  const quiet = Math.max(shortestQuiet, watched.config.pollInterval / hintsPerPoll);
  const look = atMostEvery(Math.min(quiet, longestQuiet), () => watcher.wake());
  watched.chain.announceHeads(() => {
    if (watched.heads) look();
  });
}

/**
 * Starts the rounds of work: one loop a chain (look, finalize, due), two a route (attest, confirm), one a collector, one
 * for the signer's health. They share nothing but the database, so that none holds up another.
 *
 * @param end called with the reason why the service can't go on.
 */
export function startLoops(parts: LoopParts, end: (error: AttestorError) => void): Loop[] {
  const { clock, logger } = parts;
  const loop = (name: string, run: () => Promise<number>) => {
    const report = (fault: string | undefined) => parts.board.report(`work "${name}"`, "fault", fault);
    return startLoop({ name, clock, logger, report, run: () => run().catch(endIfDamaged) });
  };
  const endIfDamaged = (error: unknown): never => {
    const damage = damageOf(error, parts.store.file);
    if (damage) end(damage);
    throw error;
  };
  const until = (at: number | undefined) => (at === undefined ? idle : Math.min(Math.max(at - clock.now(), 0), idle));

  const deliverers = parts.deliveries.map((context) => {
    const deliverer = createDeliverer(context);
    const delivering: Loop = loop(`deliver to ${context.collector.name}`, async () =>
      until(deliverer.round(() => delivering.wake())),
    );
    return {
      wake: delivering.wake,
      async stop() {
        await delivering.stop();
        await deliverer.settled();
      },
    };
  });
  const looks = parts.deliveries.map((context, index) => {
    let failures = 0;
    return loop(`look at ${context.collector.name}`, async () => {
      const looked = [await lookAtCollector(context), await pollRequests(context, parts.routes)];
      if (looked.some(({ deliver }) => deliver)) deliverers[index]?.wake();
      failures = looked.every(({ answered }) => answered) ? 0 : failures + 1;
      return failures === 0 ? context.pollMs : soonerThan(context.pollMs, failures);
    });
  });
  const headsOf = (name: string) => parts.chains.find(({ config }) => config.name === name)?.heads;
  let failedLooks = 0;
  let lookedAt = clock.now();
  const health = loop("look at the signer", async () => {
    lookedAt = clock.now();
    await checkSigner(parts);
    failedLooks = (await parts.newest.look()) ? 0 : failedLooks + 1;
    return failedLooks === 0 ? signerInterval : soonerThan(signerInterval, failedLooks);
  });
  // a signer that was started again says so to the first request, which may come before our next look
  const signer = onRestart(parts.signer, () => {
    if (Math.abs(clock.now() - lookedAt) >= shortestLook) health.wake();
  });
  const attesters = parts.routes.map((context) =>
    loop(`attest on ${context.route.name}`, async () => {
      const heads = headsOf(context.route.source.chain.name);
      if (!heads || isGated(context)) return idle;
      await screen(context, parts.screening);
      const tried = await sign(context, signer, heads.final);
      if (tried > 0) for (const deliverer of deliverers) deliverer.wake();
      return until(context.store.work.nextTryAt(context.key, ["due", "screened", "held"]));
    }),
  );
  const confirmers = parts.routes.map((context) =>
    loop(`confirm on ${context.route.name}`, async () => {
      const heads = headsOf(context.route.destination.chain.name);
      if (!heads) return idle;
      return (await confirm(context, heads.final)) ? 0 : context.route.destination.chain.pollInterval;
    }),
  );
  const watchers = parts.chains.map((watched) => {
    let failures = 0;
    const watcher = loop(`watch ${watched.config.name}`, async () => {
      try {
        const pause = await watchRound(parts, watched, failures);
        failures = watched.heads ? 0 : failures + 1;
        return pause;
      } catch (error) {
        if (!(error instanceof AttestorError) || error.code !== "rpc_wrong_chain") throw error;
        end(error);
        return idle;
      } finally {
        for (const other of [...attesters, ...confirmers]) other.wake();
      }
    });
    lookSoonerOn(watched, watcher);
    return watcher;
  });
  const clockWasPutBack = watchClock(parts);
  const timekeeper = loop("watch the clock", async () => {
    if (clockWasPutBack()) for (const other of [...attesters, ...confirmers, ...deliverers]) other.wake();
    return clockInterval;
  });
  const archiving = loop("archive", async () => {
    const now = clock.now();
    const moved = parts.store.archiveExecuted(now - parts.archiveAfterMs, archivedPerRound, now);
    return moved === archivedPerRound ? 0 : archiveInterval;
  });
  const rescanning = loop("rescan", () => parts.rescans.round());
  parts.rescans.wake = rescanning.wake;
  return [rescanning, archiving, timekeeper, ...watchers, ...attesters, ...confirmers, ...deliverers, ...looks, health];
}

/** Pause after a failure, in milliseconds: whoever was being started is asked again within seconds, however long the interval. */
function soonerThan(interval: number, failures: number): number {
  return Math.min(interval, retryDelay(faultBackOff, failures - 1, Math.random()));
}

/** The signer, with an ear for the answer that it has to be shown something first. */
function onRestart(signer: SignerClient, restarted: () => void): Pick<SignerClient, "attest"> {
  return {
    async attest(request, isWanted) {
      const answer = await signer.attest(request, isWanted);
      if (answer.outcome === "failed" && answer.rule === newestRule) restarted();
      return answer;
    },
  };
}
