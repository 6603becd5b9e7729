import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { faultBackOff, retryDelay } from "../backOff.ts";
import type { Board } from "../board.ts";
import type { Screening } from "../screening/index.ts";
import type { SignerClient } from "../signerClient/index.ts";
import { damageOf, type Store } from "../store/index.ts";
import { pollRequests } from "./acceptRequests.ts";
import { checkSigner } from "./checkSigner.ts";
import { concurrently } from "./concurrently.ts";
import { confirm } from "./confirm.ts";
import { type DeliveryContext, deliver } from "./deliver.ts";
import { isStopped } from "./descent.ts";
import { lookAtCollector } from "./lookAtCollector.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Rescans } from "./rescans.ts";
import { isGated, type RouteContext } from "./routeContext.ts";
import { screen } from "./screen.ts";
import { sign } from "./sign.ts";
import { advanceOnSource, checkTarget, readHeads, type WatchedChain } from "./watchChain.ts";
import { watchClock } from "./watchClock.ts";

/** Longest time that a loop with nothing to do sleeps, in milliseconds; it is woken when there is something. */
const idle = 60_000;
/** Time between two looks at the signer, in milliseconds. */
const signerInterval = 10_000;
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
  /** Age at which an executed packet is archived, in milliseconds. */
  readonly archiveAfterMs: number;
  readonly board: Board;
  readonly clock: Clock;
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

  const deliverers = parts.deliveries.map((context) =>
    loop(`deliver to ${context.collector.name}`, async () => {
      await deliver(context);
      return until(context.store.outbox.nextTryAt(context.collector.name));
    }),
  );
  const looks = parts.deliveries.map((context, index) =>
    loop(`look at ${context.collector.name}`, async () => {
      const replaced = await lookAtCollector(context);
      const asked = await pollRequests(context, parts.routes);
      if (replaced || asked) deliverers[index]?.wake();
      return context.pollMs;
    }),
  );
  const headsOf = (name: string) => parts.chains.find(({ config }) => config.name === name)?.heads;
  const attesters = parts.routes.map((context) =>
    loop(`attest on ${context.route.name}`, async () => {
      const heads = headsOf(context.route.source.chain.name);
      if (!heads || isGated(context)) return idle;
      await screen(context, parts.screening);
      const tried = await sign(context, parts.signer, heads.final);
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
    return loop(`watch ${watched.config.name}`, async () => {
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
  });
  const health = loop("look at the signer", async () => {
    await checkSigner(parts);
    return signerInterval;
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
