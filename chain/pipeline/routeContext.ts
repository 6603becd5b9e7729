import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { formatPacketId } from "../../shared/packet/index.ts";
import { faultBackOff, retryDelay } from "../backOff.ts";
import { type Board, chainSubject } from "../board.ts";
import type { ChainMetrics } from "../metrics.ts";
import { voiceOf } from "../providers.ts";
import { packetIdOn, type Route, type RouteKey } from "../route.ts";
import type { BlockRef, Chain, PacketSource, PacketTarget } from "../source/index.ts";
import type { Reason, Store, StoredPacket } from "../store/index.ts";
import type { Gap } from "./gaps.ts";
import type { GroupCommit } from "./groupCommit.ts";
import { isSame } from "./stopChain.ts";

/** A gap, and since when it has been known, milliseconds since 1970. */
export interface KnownGap extends Gap {
  readonly since: number;
}

/** What a route's steps learned last, for status and metrics; lost at a restart and learned again, but for the gaps. */
export interface RouteProgress {
  /** The contract's own count of dispatched packets at the newest final block that was read. */
  counter: bigint | undefined;
  /** Numbers that the contract has counted and whose events were not found. */
  gaps: readonly KnownGap[];
  /** Whether the contracts have been looked at since the start. */
  sourceChecked: boolean;
  targetChecked: boolean;
  /** The last proof that the configuration names a wrong contract. */
  mismatch: AttestorError | undefined;
}

/** Everything that the steps of one route work with. */
export interface RouteContext {
  readonly route: Route;
  readonly key: RouteKey;
  /** The route's name on the board. */
  readonly subject: string;
  readonly store: Store;
  readonly together: GroupCommit;
  readonly sourceChain: Chain;
  readonly source: PacketSource;
  readonly target: PacketTarget;
  readonly progress: RouteProgress;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly board: Board;
  readonly metrics: ChainMetrics;
}

/** Aspects of a route on the board. Those of `gates` keep its packets from being attested. */
export const gates = ["source contract", "destination contract", "clock", "stopped"] as const;
export type RouteAspect = (typeof gates)[number] | "gap" | "source chain" | "destination chain";

export function reportRoute({ board, subject }: RouteContext, aspect: RouteAspect, reason: string | undefined): void {
  board.report(subject, aspect, reason);
}

/** True while something keeps the route's packets from being attested. */
export function isGated({ board, subject, route }: RouteContext): boolean {
  const reasons = board.of(subject);
  return gates.some((gate) => gate in reasons) || "stopped" in board.of(chainSubject(route.source.chain.name));
}

/** Stops a route, also across restarts, until a person has looked and resumes it. */
export function stopRoute(context: RouteContext, packet: StoredPacket | undefined, reason: string): void {
  const where = packet ? `packet ${packetName(context, packet)}: ${reason}` : reason;
  if (!context.store.routes.stop(context.key, where, context.clock.now())) return;
  reportRoute(context, "stopped", where);
  context.logger.error({ alarm: true, route: context.route.name, reason: where }, "stopped a route");
}

/** Leaves a packet in its state until a later try. */
export function tryLater(context: RouteContext, packet: StoredPacket, reason: Reason, atLeastMs = 0): void {
  const delay = Math.max(atLeastMs, retryDelay(faultBackOff, packet.attempts, Math.random()));
  context.store.packets.postpone(packet.id, reason, context.clock.now() + delay);
  context.logger.info({ packet: packetName(context, packet), ...reason, delayMs: delay }, "will try a packet again");
}

/**
 * The source chain's block at a height at or below its final block. Another one than the chain was followed by stops the chain:
 * a packet whose block is told otherwise for a moment must not be given up.
 */
export async function finalBlock(context: RouteContext, height: number): Promise<BlockRef> {
  const { sourceChain, route, key, store } = context;
  const config = route.source.chain;
  const block = await sourceChain.block(height);
  if (!block) throw unusableSource(route, `it has no block ${height}, which is below its final block`);
  const kept = store.chains.finalAt(key.source, height);
  if (!kept || isSame({ config, chain: sourceChain }, kept, block.hash, context)) return block;
  const reason = store.chains.stopReason(key.source) ?? "change below finality";
  throw new AttestorError("chain_stopped", { chain: config.name, reason });
}

/** The error for answers of the source chain that can't be true together. */
export function unusableSource({ source }: Route, reason: string): AttestorError<"rpc_answer_unusable"> {
  const data = { chain: source.chain.name, provider: voiceOf(source.chain), reason };
  return new AttestorError("rpc_answer_unusable", data);
}

export function packetName({ route }: RouteContext, packet: StoredPacket): string {
  return formatPacketId(packetIdOn(route, packet.sighting.sequence));
}
