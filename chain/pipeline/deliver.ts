import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { formatPacketId, packetIdOf } from "../../shared/packet/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import { faultBackOff, retryDelay } from "../backOff.ts";
import type { Board } from "../board.ts";
import type { CollectorClient, DeliveryAnswer } from "../delivery/index.ts";
import type { ChainMetrics } from "../metrics.ts";
import type { Reason, Store, StoredPacket } from "../store/index.ts";
import type { GroupCommit } from "./groupCommit.ts";

const packetsAtOnce = 32;
/** Time between two looks for packets whose next try has come while others are in progress, in milliseconds. */
const lookAgain = 500;

/** What delivering to one collector works with. */
export interface DeliveryContext {
  readonly collector: CollectorClient;
  /** Time between two looks at the collector's store, in milliseconds. */
  readonly pollMs: number;
  readonly store: Store;
  readonly together: GroupCommit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly board: Board;
  readonly metrics: ChainMetrics;
}

/** Hands attestations to one collector, each until the collector has acknowledged it. */
export interface Deliverer {
  /**
   * Begins what is ready and waits for none of it: a delivery that the collector leaves unanswered takes one place of
   * several and keeps no other packet waiting.
   *
   * @param ended called whenever a delivery has ended.
   * @returns when to look again, milliseconds since 1970; undefined if nothing is left.
   * @throws what a delivery of the rounds before failed by, where that was a fault of ours.
   */
  round(ended: () => void): number | undefined;
  /** Resolves when no delivery is in progress. */
  settled(): Promise<void>;
}

export function createDeliverer(context: DeliveryContext): Deliverer {
  const { store, collector, clock } = context;
  const inProgress = new Map<number, Promise<void>>();
  const faults: unknown[] = [];

  return {
    round(ended) {
      if (faults.length > 0) throw faults.splice(0)[0];
      const room = packetsAtOnce - inProgress.size;
      const next = room > 0 ? store.outbox.ready(collector.name, clock.now(), room, inProgress) : [];
      for (const { packet, attempts } of next) {
        const delivery = deliverOne(context, packet, attempts)
          .catch((error) => void faults.push(error))
          .finally(() => {
            inProgress.delete(packet.id);
            ended();
          });
        inProgress.set(packet.id, delivery);
      }
      // Those in progress are the longest waiting: until one has ended, nothing tells when the others want their try.
      return inProgress.size > 0 ? clock.now() + lookAgain : store.outbox.nextTryAt(collector.name);
    },
    async settled() {
      await Promise.all(inProgress.values());
    },
  };
}

async function deliverOne(context: DeliveryContext, packet: StoredPacket, attempts: number): Promise<void> {
  const { attestation } = packet;
  if (!attestation) return; // the outbox holds attested packets only
  const answer = await answerOf(context, attestation, packet.times.requested !== undefined);
  context.metrics.deliveries.inc({ collector: context.collector.name, outcome: answer.outcome });
  await settle(context, packet, attempts, answer, formatPacketId(packetIdOf(attestation.packet)));
}

/** Any answer shows that the collector is there, also one that refuses a packet. */
async function answerOf(
  { collector, board }: DeliveryContext,
  attestation: Attestation,
  requested: boolean,
): Promise<DeliveryAnswer> {
  const report = (reason: string | undefined) => board.report(`collector ${collector.name}`, "reach", reason);
  try {
    const answer = await collector.deliver(attestation, requested);
    report(undefined);
    return answer;
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    report(error.message);
    return { outcome: "failed", reason: { code: error.code, text: error.message }, retryAfterMs: 0 };
  }
}

async function settle(
  context: DeliveryContext,
  packet: StoredPacket,
  attempts: number,
  answer: DeliveryAnswer,
  name: string,
): Promise<void> {
  const { store, together, collector, clock, logger } = context;
  const record = (state: "acknowledged" | "conflict", reason?: Reason) =>
    together(() => store.recordDelivery(packet, collector.name, state, reason, clock.now()));
  switch (answer.outcome) {
    case "acknowledged":
      await record("acknowledged");
      return;
    case "conflict":
      await record("conflict", answer.reason);
      logger.error(
        { alarm: true, packet: name, collector: collector.name, ...answer.reason },
        "a collector holds another attestation of ours for this packet",
      );
      return;
    case "failed": {
      const delay = Math.max(answer.retryAfterMs, retryDelay(faultBackOff, attempts, Math.random()));
      store.outbox.postpone(packet.id, collector.name, answer.reason, clock.now() + delay);
      logger.info({ packet: name, collector: collector.name, ...answer.reason, delayMs: delay }, "will deliver again");
    }
  }
}
