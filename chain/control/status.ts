import type { Clock } from "../../shared/clock/index.ts";
import type { Readiness } from "../../shared/http/index.ts";
import type { Board } from "../board.ts";
import type { ChainConfig } from "../config.ts";
import type { Gap } from "../pipeline/gaps.ts";
import { isGated, type RouteContext } from "../pipeline/routeContext.ts";
import { chainSubject, type WatchedChain } from "../pipeline/watchChain.ts";
import type { Screening } from "../screening/index.ts";
import type { PacketState, Store } from "../store/index.ts";

/** Everything that an operator sees at a glance. Heights are block numbers, ages seconds. */
export interface ChainServiceStatus extends Readiness {
  readonly service: "chain";
  readonly chains: readonly ChainStatus[];
  readonly routes: readonly RouteStatus[];
  readonly screening: { readonly name: string; readonly version: string | null; readonly reason: string | null };
  readonly signer: PeerStatus;
  readonly collectors: readonly (PeerStatus & { readonly name: string; readonly waiting: number })[];
}

interface PeerStatus {
  readonly healthy: boolean;
  readonly reasons: readonly string[];
}

interface ChainStatus extends PeerStatus {
  readonly name: string;
  readonly chainId: bigint;
  readonly finality: ChainConfig["finality"];
  readonly depth: number;
  /** True where one provider is believed: every attestation says `sources: single`. */
  readonly singleSource: boolean;
  /** Labels; the endpoints are secrets. */
  readonly providers: readonly string[];
  readonly latest: { readonly height: number } | null;
  readonly final: { readonly height: number; readonly ageSeconds: number } | null;
}

interface RouteStatus {
  readonly name: string;
  readonly deployment: string;
  readonly source: string;
  readonly destination: string;
  /** True while packets of the route can be attested: nothing gates it and its source chain can be read. */
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** Why the route waits for a person, or null. */
  readonly stopped: string | null;
  /** Final blocks are read up to here without a gap. */
  readonly scannedHeight: number | null;
  /** Final blocks that are still to be read. */
  readonly unreadBlocks: number | null;
  /** The contract's own count of dispatched packets. */
  readonly counter: bigint | null;
  readonly gaps: readonly Gap[];
  readonly packets: Readonly<Record<PacketState, number>>;
  readonly oldestUnattestedSeconds: number | null;
}

/** The parts of the service that the status is read from. */
export interface StatusSources {
  readonly chains: readonly WatchedChain[];
  readonly routes: readonly RouteContext[];
  readonly screening: Screening;
  readonly collectors: readonly string[];
  readonly store: Store;
  readonly board: Board;
  readonly clock: Clock;
}

export function readStatus(sources: StatusSources): ChainServiceStatus {
  const { board, screening, store } = sources;
  const list = screening.state();
  return {
    service: "chain",
    ...readReadiness(sources),
    chains: sources.chains.map((chain) => chainStatus(chain, sources)),
    routes: sources.routes.map((route) => routeStatus(route, sources.chains)),
    screening: {
      name: screening.name,
      version: "version" in list ? list.version : null,
      reason: "cannotTell" in list ? list.cannotTell : null,
    },
    signer: peerStatus(board, "signer"),
    collectors: sources.collectors.map((name) => ({
      name,
      ...peerStatus(board, `collector ${name}`),
      waiting: store.outbox.waiting(name),
    })),
  };
}

/** Ready means that everything works which attesting, delivering and confirming packets needs. */
export function readReadiness({ board, screening }: Pick<StatusSources, "board" | "screening">): Readiness {
  const list = screening.state();
  const reasons = [...board.reasons(), ...("cannotTell" in list ? [`screening: ${list.cannotTell}`] : [])];
  return { ready: reasons.length === 0, reasons };
}

function peerStatus(board: Board, subject: string): PeerStatus {
  const reasons = Object.values(board.of(subject));
  return { healthy: reasons.length === 0, reasons };
}

function chainStatus({ config, heads }: WatchedChain, { board, clock }: StatusSources): ChainStatus {
  return {
    name: config.name,
    chainId: config.chainId,
    finality: config.finality,
    depth: config.depth,
    singleSource: config.providers.length === 1,
    providers: config.providers.map(({ label }) => label),
    ...peerStatus(board, chainSubject(config.name)),
    latest: heads ? { height: heads.latest.height } : null,
    final: heads
      ? {
          height: heads.final.height,
          ageSeconds: Math.max(0, Math.round(clock.now() / 1_000) - heads.final.timestamp),
        }
      : null,
  };
}

function routeStatus(context: RouteContext, chains: readonly WatchedChain[]): RouteStatus {
  const { route, key, store, board, progress, clock } = context;
  const { packets, oldestUnattested } = store.work.counts(key);
  const cursor = store.routes.cursor(key);
  const final = chains.find(({ config }) => config === route.source.chain)?.heads?.final.height;
  return {
    name: route.name,
    ...key,
    ready: !isGated(context) && peerStatus(board, chainSubject(route.source.chain.name)).healthy,
    reasons: Object.values(board.of(context.subject)),
    stopped: store.routes.stopReason(key) ?? null,
    scannedHeight: cursor?.height ?? null,
    unreadBlocks: cursor && final !== undefined ? Math.max(0, final - cursor.height) : null,
    counter: progress.counter ?? cursor?.counter ?? null,
    gaps: progress.gaps,
    packets,
    oldestUnattestedSeconds:
      oldestUnattested === undefined ? null : Math.max(0, Math.round(clock.now() / 1_000) - oldestUnattested),
  };
}
