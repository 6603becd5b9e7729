import type { Clock } from "../../shared/clock/index.ts";
import type { Readiness } from "../../shared/http/index.ts";
import { type Board, chainSubject } from "../board.ts";
import type { EvmChainConfig } from "../config.ts";
import type { Gap } from "../pipeline/gaps.ts";
import { isGated, type RouteContext } from "../pipeline/routeContext.ts";
import type { WatchedChain } from "../pipeline/watchChain.ts";
import { quorumOf, sourcesOf } from "../providers.ts";
import type { Screening, SourceState } from "../screening/index.ts";
import type { ProviderState } from "../source/index.ts";
import type { PacketState, Store } from "../store/index.ts";

/** Everything that an operator sees at a glance. Heights are block numbers, ages seconds. */
export interface ChainServiceStatus extends Readiness {
  readonly service: "chain";
  readonly chains: readonly ChainStatus[];
  readonly routes: readonly RouteStatus[];
  readonly screening: readonly ScreeningStatus[];
  readonly signer: PeerStatus;
  readonly collectors: readonly CollectorStatus[];
}

/** One collector, and what it is still owed. */
interface CollectorStatus extends PeerStatus {
  readonly name: string;
  readonly waiting: number;
  /** Since when the longest waiting delivery waits; null where none does. */
  readonly oldestWaitingSeconds: number | null;
}

/** One screening source. A list's age is that of the file; a service's is how long it has not answered. */
interface ScreeningStatus {
  readonly name: string;
  readonly version: string | null;
  readonly reason: string | null;
  readonly ageSeconds: number;
}

interface PeerStatus {
  readonly healthy: boolean;
  readonly reasons: readonly string[];
}

/** One provider: whether its last answer was of use, where it claims to be, and how often it contradicted the others. */
interface ProviderStatus extends PeerStatus {
  readonly label: string;
  /** Put aside by the operator: not asked, and still counted against the quorum. */
  readonly aside: boolean;
  readonly latest: { readonly height: number } | null;
  readonly final: { readonly height: number } | null;
  readonly disputes: number;
  /** Whether its WebSocket announces new blocks; null where it has none. */
  readonly announces: boolean | null;
}

interface ChainStatus extends PeerStatus {
  readonly name: string;
  readonly chainId: bigint;
  /** Why the chain waits for a person, or null. */
  readonly stopped: string | null;
  /** `committed`: a block of this family is final once it is there and `depth` has passed it. */
  readonly finality: EvmChainConfig["finality"] | "committed";
  readonly depth: number;
  /** True where the operator accepted providers that count as one: every attestation says `sources: single`. */
  readonly singleSource: boolean;
  /** What attestations of packets from this chain say: `single`, or `q-of-n`. */
  readonly sources: string;
  /** How many providers have to say the same. */
  readonly quorum: number;
  /** By label; the endpoints are secrets. */
  readonly providers: readonly ProviderStatus[];
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
  /** Numbers that the contract counted and nobody shows, both ends included, and how long that has been known. */
  readonly gaps: readonly (Gap & { readonly ageSeconds: number })[];
  readonly packets: Readonly<Record<PacketState, number>>;
  readonly oldestUnattestedSeconds: number | null;
  /** How long every packet waits by configuration. */
  readonly waitSeconds: number;
  /** Packets that were attested longer than the route's `overdue` ago and are not executed. */
  readonly overdue: number;
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
  return {
    service: "chain",
    ...readReadiness(sources),
    chains: sources.chains.map((chain) => chainStatus(chain, sources)),
    routes: sources.routes.map((route) => routeStatus(route, sources.chains)),
    screening: screening.state().map(screeningStatus),
    signer: peerStatus(board, "signer"),
    collectors: sources.collectors.map((name) => ({
      name,
      ...peerStatus(board, `collector ${name}`),
      waiting: store.outbox.waiting(name),
      oldestWaitingSeconds: secondsSince(store.outbox.oldestWaiting(name), sources.clock),
    })),
  };
}

/** Ready means that everything works which attesting, delivering and confirming packets needs. */
export function readReadiness({ board, screening }: Pick<StatusSources, "board" | "screening">): Readiness {
  const silent = screening.state().flatMap(({ reason }) => (reason === undefined ? [] : [`screening: ${reason}`]));
  const reasons = [...board.reasons(), ...silent];
  return { ready: reasons.length === 0, reasons };
}

function screeningStatus({ name, version, reason, ageMs }: SourceState): ScreeningStatus {
  return { name, version: version ?? null, reason: reason ?? null, ageSeconds: Math.round(ageMs / 1_000) };
}

function secondsSince(time: number | undefined, clock: Clock): number | null {
  return time === undefined ? null : Math.max(0, Math.round((clock.now() - time) / 1_000));
}

function peerStatus(board: Board, subject: string): PeerStatus {
  const reasons = Object.values(board.of(subject));
  return { healthy: reasons.length === 0, reasons };
}

function chainStatus({ config, chain, heads }: WatchedChain, { board, clock, store }: StatusSources): ChainStatus {
  return {
    name: config.name,
    chainId: config.chainId,
    stopped: store.chains.stopReason(config.chainId.toString()) ?? null,
    finality: config.family === "evm" ? config.finality : "committed",
    depth: config.depth,
    singleSource: config.singleSource === "accepted",
    sources: sourcesOf(config),
    quorum: quorumOf(config),
    providers: chain.providers().map(providerStatus),
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

function providerStatus(provider: ProviderState): ProviderStatus {
  const { label, aside, fault, latestHeight, finalHeight, disputes, announces } = provider;
  const reasons = aside ? ["put aside by the configuration"] : fault === undefined ? [] : [fault];
  const height = (claimed: number | undefined) => (claimed === undefined ? null : { height: claimed });
  return {
    label,
    healthy: reasons.length === 0,
    reasons,
    aside,
    latest: height(latestHeight),
    final: height(finalHeight),
    disputes,
    announces: announces ?? null,
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
    gaps: progress.gaps.map(({ from, to, since }) => ({ from, to, ageSeconds: secondsSince(since, clock) ?? 0 })),
    packets,
    oldestUnattestedSeconds: secondsSince(oldestUnattested && oldestUnattested * 1_000, clock),
    waitSeconds: Math.round(route.waitMs / 1_000),
    overdue: store.work.overdue(key, clock.now() - route.overdueMs),
  };
}
