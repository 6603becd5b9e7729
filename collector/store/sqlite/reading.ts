import type { PacketId } from "../../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import {
  type EventRow,
  eventOf,
  idColumns,
  type ListedRow,
  type PacketIdRow,
  type PacketRow,
  recordsOf,
  type StatementRow,
  statementIdOf,
  statementOf,
} from "../rows.ts";
import type { Conflict, PacketRecord, RouteKey, Statement, StatementId, StoredEvent } from "../store.ts";

export function readPacketId(database: SqliteDatabase, id: PacketId, deployment?: string): PacketRecord[] {
  const rows = database
    .prepare<Record<string, string | null>, ListedRow>(
      `SELECT * FROM packet_id
       WHERE source = @source AND destination = @destination AND sequence = @sequence
         AND (@deployment IS NULL OR deployment = @deployment) AND listed IS NOT NULL
       ORDER BY deployment`,
    )
    .all({ ...idColumns(id), deployment: deployment ?? null });
  return readRecords(database, rows);
}

export function readStatement(database: SqliteDatabase, id: StatementId, signer: string): Statement | undefined {
  const row = database
    .prepare<Record<string, string>, StatementRow>(
      `SELECT statement.* FROM statement JOIN packet_id USING (position)
       WHERE source = @source AND destination = @destination AND sequence = @sequence AND deployment = @deployment
         AND signer = @signer`,
    )
    .get({ ...idColumns(id), deployment: id.deployment, signer });
  return row && statementOf(id, row);
}

/** Found by the index `packet_id_route` alone: a page reads `limit` rows, however many there are of this or another route. */
export const pageOfRoute = `
  SELECT * FROM packet_id
  WHERE deployment = @deployment AND source = @source AND destination = @destination AND listed > @after
  ORDER BY listed LIMIT @limit`;

/** A page of each route, put together: what the index has in order for one route it has not for several. */
export function readPage(
  database: SqliteDatabase,
  routes: readonly RouteKey[],
  after: number,
  limit: number,
): PacketRecord[] {
  const page = database.prepare<Record<string, string | number>, ListedRow>(pageOfRoute);
  const rows = routes.flatMap(({ deployment, source, destination }) =>
    page.all({ deployment, source: `${source}`, destination: `${destination}`, after, limit }),
  );
  return readRecords(database, rows.sort((a, b) => a.listed - b.listed).slice(0, limit));
}

export function readConflicts(database: SqliteDatabase): Conflict[] {
  const conflicts = database
    .prepare<[], StatementRow & PacketIdRow>(
      "SELECT * FROM conflict JOIN packet_id USING (position) ORDER BY received_at, position, signer",
    )
    .all();
  const first = database.prepare<[number, string], StatementRow>(
    "SELECT * FROM statement WHERE position = ? AND signer = ?",
  );
  return conflicts.flatMap((row) => {
    const id = statementIdOf(row);
    const kept = first.get(row.position, row.signer);
    return kept ? [{ first: statementOf(id, kept), second: statementOf(id, row) }] : [];
  });
}

/** In the order of their numbers. */
export function readEvents(database: SqliteDatabase, after: number, limit: number): StoredEvent[] {
  const rows = database
    .prepare<[number, number], EventRow>(
      `SELECT event, signer, packet_id.* FROM statement JOIN packet_id USING (position)
       WHERE event > ? ORDER BY event LIMIT ?`,
    )
    .all(after, limit);
  return rows.map(eventOf);
}

export function readNewestEvent(database: SqliteDatabase): number {
  return Number(database.prepare("SELECT coalesce(max(event), 0) FROM statement").pluck().get());
}

/** Two queries for a whole page, however long it is. */
function readRecords(database: SqliteDatabase, ids: readonly ListedRow[]): PacketRecord[] {
  const positions = JSON.stringify(ids.map(({ position }) => position));
  const among = "position IN (SELECT value FROM json_each(?))";
  const packets = database
    .prepare<[string], PacketRow>(`SELECT * FROM packet WHERE ${among} ORDER BY rowid`)
    .all(positions);
  const statements = database.prepare<[string], StatementRow>(`SELECT * FROM statement WHERE ${among}`).all(positions);
  return recordsOf(ids, packets, statements);
}
