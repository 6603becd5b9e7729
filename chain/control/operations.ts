import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { type Board, chainSubject } from "../board.ts";
import type { ChainConfig } from "../config.ts";
import type { RouteContext } from "../pipeline/routeContext.ts";
import type { Store, StoredPacket } from "../store/index.ts";

interface OperationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Takes a refused packet back to `final`, from where it passes the same gates as any other.
 *
 * @throws AttestorError `conflict` if it is not refused, or if no attestor can ever sign it.
 */
export function retryPacket({ store, clock, logger }: OperationParts, packet: StoredPacket): void {
  const { content } = packet.sighting;
  if (packet.state !== "refused") {
    throw new AttestorError("conflict", { reason: `The packet is ${packet.state}; only a refused one can be retried` });
  }
  if ("defect" in content) {
    throw new AttestorError("conflict", { reason: `No attestor can ever sign this packet (${content.defect})` });
  }
  store.packets.move(packet, "final", clock.now());
  const { key, sighting, reason } = packet;
  logger.warn({ audit: true, ...key, sequence: `${sighting.sequence}`, reason }, "an operator retries a packet");
}

/**
 * Lets a stopped chain go on. What was kept of it is compared with again, unless the operator takes the change for true.
 *
 * @throws AttestorError `not_found`, `conflict` if it is not stopped.
 */
export function resumeChain(
  { store, clock, logger, board }: OperationParts & { readonly board: Board },
  config: ChainConfig | undefined,
  acceptChange: boolean,
): void {
  if (!config) throw new AttestorError("not_found", { what: "such chain" });
  const reason = store.chains.stopReason(config.chainId.toString());
  if (!store.chains.resume(config.chainId.toString(), acceptChange, clock.now())) {
    throw new AttestorError("conflict", { reason: `Chain ${config.name} is not stopped` });
  }
  board.report(chainSubject(config.name), "stopped", undefined);
  logger.warn({ audit: true, chain: config.name, reason, acceptChange }, "an operator resumes a chain");
}

/**
 * Lets a stopped route go on. What stopped it stops it again if it still holds.
 *
 * @throws AttestorError `not_found`, `conflict` if it is not stopped.
 */
export function resumeRoute({ store, logger }: OperationParts, context: RouteContext | undefined): void {
  if (!context) throw new AttestorError("not_found", { what: "such route" });
  const reason = store.routes.stopReason(context.key);
  if (reason === undefined) {
    throw new AttestorError("conflict", { reason: `Route ${context.route.name} is not stopped` });
  }
  store.routes.resume(context.key);
  context.board.report(context.subject, "stopped", undefined);
  logger.warn({ audit: true, route: context.route.name, reason }, "an operator resumes a route");
}
