import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { ArchiveTable } from "./archiveTable.ts";
import { type DeliveryColumns, delivery, type OutboxTable } from "./outboxTable.ts";

/** Deliveries of archived packets: a collector asked for them again. A packet that met a conflict there is not requeued. */
export type ArchiveOutbox = Omit<OutboxTable, "fill" | "ready" | "noteInstance" | "isDelivered"> & {
  ready(collector: string, now: number, limit: number): ReturnType<OutboxTable["ready"]>;
};

export function createArchiveOutbox(database: SqliteDatabase, archive: ArchiveTable): ArchiveOutbox {
  const wasRefused = database
    .prepare<[{ packetId: number; collector: string }], number>(
      "SELECT 1 FROM archive_outbox WHERE packet_id = @packetId AND collector = @collector AND state <> 'acknowledged'",
    )
    .pluck();
  const queue = database.prepare(
    `INSERT INTO archive_outbox (packet_id, collector, queued_at) VALUES (@packetId, @collector, @now)
     ON CONFLICT DO UPDATE SET state = 'waiting', queued_at = @now, settled_at = NULL, attempts = 0, next_try_at = 0,
       reason_code = NULL, reason = NULL`,
  );
  const ready = database.prepare<
    [{ collector: string; now: number; limit: number }],
    { packet_id: number; attempts: number; queued_at: number }
  >(
    `SELECT packet_id, attempts, queued_at FROM archive_outbox
     WHERE collector = @collector AND state = 'waiting' AND next_try_at <= @now ORDER BY next_try_at LIMIT @limit`,
  );
  const least = (column: string) =>
    database
      .prepare<[string], number | null>(
        `SELECT min(${column}) FROM archive_outbox WHERE collector = ? AND state = 'waiting'`,
      )
      .pluck();
  const [nextTryAt, oldest] = [least("next_try_at"), least("queued_at")];
  const waiting = database
    .prepare<[string], number>("SELECT count(*) FROM archive_outbox WHERE collector = ? AND state = 'waiting'")
    .pluck();
  const settle = database.prepare(
    `UPDATE archive_outbox SET state = @state, settled_at = @now, reason_code = @code, reason = @text
     WHERE packet_id = @packetId AND collector = @collector AND state = 'waiting'`,
  );
  const postpone = database.prepare(
    `UPDATE archive_outbox SET attempts = attempts + 1, next_try_at = @nextTryAt, reason_code = @code, reason = @text
     WHERE packet_id = @packetId AND collector = @collector AND state = 'waiting'`,
  );
  const of = database.prepare<[number], DeliveryColumns>("SELECT * FROM archive_outbox WHERE packet_id = ?");
  return {
    requeue: database.transaction((packetId: number, collector: string, now: number) => {
      if (archive.withId(packetId) === undefined) return false;
      const before = archive.deliveriesOf(packetId).find((each) => each.collector === collector);
      if (before?.state === "conflict") return false;
      if (wasRefused.get({ packetId, collector }) !== undefined) return false;
      return queue.run({ packetId, collector, now }).changes > 0;
    }),
    ready: (collector, now, limit) =>
      ready.all({ collector, now, limit }).flatMap(({ packet_id, attempts, queued_at }) => {
        const packet = archive.withId(packet_id);
        return packet ? [{ packet: { ...packet, times: { ...packet.times, requested: queued_at } }, attempts }] : [];
      }),
    nextTryAt: (collector) => (nextTryAt.get(collector) as number | null) ?? undefined,
    waiting: (collector) => waiting.get(collector) as number,
    oldestWaiting: (collector) => (oldest.get(collector) as number | null) ?? undefined,
    settle(packetId, collector, state, reason, now) {
      settle.run({ packetId, collector, state, now, code: reason?.code ?? null, text: reason?.text ?? null });
    },
    postpone: (packetId, collector, { code, text }, nextTryAt) => {
      postpone.run({ packetId, collector, code, text, nextTryAt });
    },
    of: (packetId) => of.all(packetId).map(delivery),
  };
}
