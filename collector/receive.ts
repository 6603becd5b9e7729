import type { Clock } from "../shared/clock/index.ts";
import { AttestorError } from "../shared/errors/index.ts";
import type { Logger } from "../shared/log/index.ts";
import { formatPacketId } from "../shared/packet/index.ts";
import type { Admitted } from "./admission/index.ts";
import type { CollectorMetrics, Door } from "./metrics.ts";
import type { Statement, Store } from "./store/index.ts";

/** Takes in what passes `admit`. */
export type Receive = (door: Door, client: string, admit: () => Admitted) => Promise<"stored" | "duplicate">;

/**
 * The one way into the store, for both doors: admit, record, count, and raise the alarm when an attestor contradicts
 * itself.
 */
export function createReceiver(deps: {
  store: Store;
  metrics: CollectorMetrics;
  logger: Logger;
  clock: Clock;
}): Receive {
  const { store, metrics, logger, clock } = deps;
  return async (door, client, admit) => {
    const admitted = refusalsCounted(admit, (error) => {
      metrics.countWrite(door, "refused");
      logger.warn({ door, client, err: error }, "refused a statement");
    });
    const statement = { ...admitted.statement, receivedAt: clock.now() };
    const outcome = await store.record(statement, admitted.packet);
    metrics.countWrite(door, outcome);
    const about = { door, client, ...aboutStatement(statement) };
    if (outcome === "conflict") {
      logger.error(about, "ALARM: an attestor signed two different statements about one packet; both are kept");
      throw conflictOf(statement);
    }
    if (outcome === "stored") {
      metrics.noteStored(statement.id.deployment, statement.signer, statement.receivedAt / 1_000);
      logger.info(about, "stored a statement");
    }
    return outcome;
  };
}

function refusalsCounted<T>(attempt: () => T, onRefusal: (error: unknown) => void): T {
  try {
    return attempt();
  } catch (error) {
    onRefusal(error);
    throw error;
  }
}

function aboutStatement({ id, signer, digest }: Statement) {
  return { deployment: id.deployment, packet: formatPacketId(id), attestor: signer, digest };
}

function conflictOf({ id, signer }: Statement): AttestorError {
  return new AttestorError("conflict", {
    reason:
      `${signer} has signed another statement about packet ${formatPacketId(id)} of ${id.deployment}; ` +
      "the first one stays, and both are kept as evidence",
  });
}
