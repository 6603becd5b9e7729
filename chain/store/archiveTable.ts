import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { RouteKey } from "../route.ts";
import { type Delivery, type DeliveryColumns, delivery } from "./outboxTable.ts";
import { type PacketColumns, type StoredPacket, storedPacket } from "./packetRow.ts";

/** Executed packets of a while ago. They are still known, and nothing is to be done about them. */
export interface ArchiveTable {
  /**
   * Archives packets that were executed before a time and that no collector is still owed, oldest first, in one
   * transaction. The newest attestation of each route stays at hand: a signer that starts is shown it.
   *
   * @returns how many.
   */
  moveExecuted(before: number, limit: number, now: number): number;
  find(key: RouteKey, sequence: bigint): StoredPacket | undefined;
  inBlocks(key: RouteKey, from: number, to: number): StoredPacket[];
  has(key: RouteKey): boolean;
  withId(packetId: number): StoredPacket | undefined;
  deliveriesOf(packetId: number): Delivery[];
}

interface Archived {
  readonly packet: PacketColumns;
  readonly deliveries: readonly DeliveryColumns[];
}

const ofRoute = "deployment = @deployment AND source = @source AND destination = @destination";

export function createArchiveTable(database: SqliteDatabase): ArchiveTable {
  const done = database.prepare<[{ before: number; limit: number }], PacketColumns>(
    `SELECT * FROM packets WHERE state = 'executed' AND executed_at < @before
       AND NOT EXISTS (SELECT 1 FROM outbox WHERE packet_id = packets.id AND outbox.state = 'waiting')
     ORDER BY executed_at LIMIT @limit`,
  );
  const deliveries = database.prepare<[number], DeliveryColumns>(
    "SELECT * FROM outbox WHERE packet_id = ? ORDER BY collector",
  );
  const insert = database.prepare(
    `INSERT INTO archive
       (id, deployment, source, destination, sequence, block_height, dispatch_hash, archived_at, content)
     VALUES (@id, @deployment, @source, @destination, @sequence, @block_height, @dispatch_hash, @now, @content)`,
  );
  const keepNewest = database.prepare(
    `INSERT INTO newest_archived (deployment, source, destination, signed_at, sequence, attestation)
     SELECT @deployment, @source, @destination, @signed_at, @sequence, @attestation WHERE @attestation IS NOT NULL
     ON CONFLICT DO UPDATE
       SET signed_at = excluded.signed_at, sequence = excluded.sequence, attestation = excluded.attestation
       WHERE (excluded.signed_at, length(excluded.sequence), excluded.sequence) >
             (newest_archived.signed_at, length(newest_archived.sequence), newest_archived.sequence)`,
  );
  const removeDeliveries = database.prepare("DELETE FROM outbox WHERE packet_id = ?");
  const remove = database.prepare("DELETE FROM packets WHERE id = ?");
  const read = <P>(rest: string) => {
    const statement = database.prepare<[P], Buffer>(`SELECT content FROM archive WHERE ${rest}`).pluck();
    return (parameters: P) => (statement.all(parameters) as Buffer[]).map(unpack);
  };
  const find = read<RouteKey & { sequence: string }>(`${ofRoute} AND sequence = @sequence`);
  const inBlocks = read<RouteKey & { from: number; to: number }>(
    `${ofRoute} AND block_height BETWEEN @from AND @to ORDER BY block_height`,
  );
  const withId = read<[number]>("id = ?");
  const any = database.prepare<[RouteKey], number>(`SELECT 1 FROM archive WHERE ${ofRoute} LIMIT 1`).pluck();

  const moveExecuted = database.transaction((before: number, limit: number, now: number): number => {
    const packets = done.all({ before, limit });
    for (const packet of packets) {
      const content = pack({ packet, deliveries: deliveries.all(packet.id) });
      insert.run({ ...packet, now, content });
      keepNewest.run(packet);
      removeDeliveries.run(packet.id);
      remove.run(packet.id);
    }
    return packets.length;
  });
  return {
    moveExecuted,
    find: (key, sequence) => find({ ...key, sequence: `${sequence}` }).map(({ packet }) => storedPacket(packet))[0],
    inBlocks: (key, from, to) => inBlocks({ ...key, from, to }).map(({ packet }) => storedPacket(packet)),
    has: (key) => any.get({ ...key }) !== undefined,
    withId: (packetId) => withId([packetId]).map(({ packet }) => storedPacket(packet))[0],
    deliveriesOf: (packetId) => withId([packetId]).flatMap((archived) => archived.deliveries.map(delivery)),
  };
}

function pack(archived: Archived): Buffer {
  return deflateRawSync(JSON.stringify(archived));
}

/** Integers of a packet are text in its row, so plain JSON loses nothing. */
function unpack(content: Buffer): Archived {
  return JSON.parse(inflateRawSync(content).toString("utf8")) as Archived;
}
