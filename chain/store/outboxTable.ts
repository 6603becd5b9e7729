import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import {
  type PacketColumns,
  type Reason,
  type ReasonColumns,
  reasonOf,
  type StoredPacket,
  storedPacket,
} from "./packetRow.ts";

/** What a collector is still owed, or how it answered. */
export interface Delivery {
  readonly collector: string;
  readonly state: "waiting" | "acknowledged" | "conflict";
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly nextTryAt: number;
  readonly reason: Reason | undefined;
  /** When it was acknowledged or refused for good, milliseconds since 1970. */
  readonly settledAt: number | undefined;
}

export interface OutboxTable {
  /** Gives every attested packet a delivery for each of these collectors, where it has none yet. */
  fill(collectors: readonly string[], packetId?: number): void;
  /**
   * Packets whose delivery to this collector wants its next try, longest waiting first, with the tries so far.
   *
   * @param except ids of packets that are left out.
   */
  ready(
    collector: string,
    now: number,
    limit: number,
    except?: { readonly size: number; has(packetId: number): boolean },
  ): { packet: StoredPacket; attempts: number }[];
  nextTryAt(collector: string): number | undefined;
  waiting(collector: string): number;
  /** Since when the longest waiting delivery waits, milliseconds since 1970. */
  oldestWaiting(collector: string): number | undefined;
  /** Lets an acknowledged delivery be made again. @returns false if it is not one. */
  requeue(packetId: number, collector: string, now: number): boolean;
  /**
   * Notes the id of a collector's store. Where it is another than before, every packet that is not executed is to be
   * delivered there again.
   *
   * @returns how many deliveries that brings, undefined where the id is the same or the first.
   */
  noteInstance(collector: string, instance: string, now: number): number | undefined;
  settle(
    packetId: number,
    collector: string,
    state: "acknowledged" | "conflict",
    reason: Reason | undefined,
    now: number,
  ): void;
  postpone(packetId: number, collector: string, reason: Reason, nextTryAt: number): void;
  of(packetId: number): Delivery[];
  /** True once each of these collectors has acknowledged the packet. */
  isDelivered(packetId: number, collectors: readonly string[]): boolean;
}

export interface DeliveryColumns extends ReasonColumns {
  readonly collector: string;
  readonly state: Delivery["state"];
  readonly attempts: number;
  readonly next_try_at: number;
  readonly settled_at: number | null;
}

export function createOutboxTable(database: SqliteDatabase): OutboxTable {
  const [fillAll, fillOne] = ["1", "packets.id = @packetId"].map((chosen) =>
    database.prepare(
      `INSERT INTO outbox (packet_id, collector, queued_at)
       SELECT packets.id, value, signed_at FROM packets, json_each(@collectors)
       WHERE state IN ('signed', 'delivered') AND ${chosen} ON CONFLICT DO NOTHING`,
    ),
  );
  const ready = database.prepare<
    [{ collector: string; now: number; limit: number }],
    PacketColumns & { delivery_attempts: number }
  >(
    `SELECT packets.*, outbox.attempts AS delivery_attempts FROM outbox JOIN packets ON packets.id = packet_id
     WHERE collector = @collector AND outbox.state = 'waiting' AND outbox.next_try_at <= @now
     ORDER BY outbox.next_try_at, packet_id LIMIT @limit`,
  );
  const nextTryAt = database
    .prepare<[string], number | null>("SELECT min(next_try_at) FROM outbox WHERE collector = ? AND state = 'waiting'")
    .pluck();
  const waiting = database
    .prepare<[string], number>("SELECT count(*) FROM outbox WHERE collector = ? AND state = 'waiting'")
    .pluck();
  const oldestWaiting = database
    .prepare<[string], number | null>("SELECT min(queued_at) FROM outbox WHERE collector = ? AND state = 'waiting'")
    .pluck();
  const instanceOf = database.prepare<[string], string>("SELECT instance FROM collectors WHERE name = ?").pluck();
  const setInstance = database.prepare(
    `INSERT INTO collectors (name, instance, seen_at) VALUES (@collector, @instance, @now)
     ON CONFLICT DO UPDATE SET instance = @instance, seen_at = @now`,
  );
  const requeue = database.prepare(
    `UPDATE outbox SET state = 'waiting', round = round + 1, queued_at = @now, settled_at = NULL, attempts = 0,
       next_try_at = 0, reason_code = NULL, reason = NULL
     WHERE packet_id = @packetId AND collector = @collector AND state = 'acknowledged'`,
  );
  const noteRequest = database.prepare("UPDATE packets SET requested_at = @now WHERE id = @packetId");
  const redeliver = database.prepare(
    `UPDATE outbox SET state = 'waiting', round = round + 1, queued_at = @now, settled_at = NULL, attempts = 0,
       next_try_at = 0, reason_code = NULL, reason = NULL
     WHERE collector = @collector AND state <> 'waiting'
       AND packet_id IN (SELECT id FROM packets WHERE state IN ('signed', 'delivered'))`,
  );
  const noteInstance = database.transaction((collector: string, instance: string, now: number) => {
    const before = instanceOf.get(collector);
    if (before === instance) return undefined;
    setInstance.run({ collector, instance, now });
    return before === undefined ? undefined : redeliver.run({ collector, now }).changes;
  });
  const settle = database.prepare(
    `UPDATE outbox SET state = @state, settled_at = @now, reason_code = @code, reason = @text
     WHERE packet_id = @packetId AND collector = @collector`,
  );
  const postpone = database.prepare(
    `UPDATE outbox SET attempts = attempts + 1, next_try_at = @nextTryAt, reason_code = @code, reason = @text
     WHERE packet_id = @packetId AND collector = @collector`,
  );
  const of = database.prepare<[number], DeliveryColumns>("SELECT * FROM outbox WHERE packet_id = ? ORDER BY collector");
  return {
    fill: (collectors, packetId) => {
      const names = JSON.stringify(collectors);
      if (packetId === undefined) fillAll?.run({ collectors: names });
      else fillOne?.run({ collectors: names, packetId });
    },
    ready: (collector, now, limit, except = new Set<number>()) =>
      ready
        .all({ collector, now, limit: limit + except.size })
        .filter(({ id }) => !except.has(id))
        .slice(0, limit)
        .map((row) => ({ packet: storedPacket(row), attempts: row.delivery_attempts })),
    nextTryAt: (collector) => (nextTryAt.get(collector) as number | null) ?? undefined,
    oldestWaiting: (collector) => (oldestWaiting.get(collector) as number | null) ?? undefined,
    noteInstance,
    requeue: database.transaction((packetId: number, collector: string, now: number) => {
      const again = requeue.run({ packetId, collector, now }).changes > 0;
      if (again) noteRequest.run({ packetId, now });
      return again;
    }),
    waiting: (collector) => waiting.get(collector) as number,
    settle(packetId, collector, state, reason, now) {
      settle.run({ packetId, collector, state, now, code: reason?.code ?? null, text: reason?.text ?? null });
    },
    postpone: (packetId, collector, { code, text }, nextTryAt) => {
      postpone.run({ packetId, collector, code, text, nextTryAt });
    },
    of: (packetId) => of.all(packetId).map(delivery),
    isDelivered: (packetId, collectors) =>
      collectors.every((name) =>
        of.all(packetId).some(({ collector, state }) => collector === name && state === "acknowledged"),
      ),
  };
}

export function delivery(row: DeliveryColumns): Delivery {
  return {
    collector: row.collector,
    state: row.state,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    reason: reasonOf(row),
    settledAt: row.settled_at ?? undefined,
  };
}
