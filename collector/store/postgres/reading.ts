import type pg from "pg";
import type { PacketId } from "../../../shared/packet/index.ts";
import {
  type EventRow,
  eventOf,
  idColumns,
  type ListedRow,
  type PacketIdRow,
  type PacketRow,
  type RequestRow,
  recordsOf,
  requestOf,
  type StatementRow,
  statementIdOf,
  statementOf,
} from "../rows.ts";
import type { Conflict, Store } from "../store.ts";

/**
 * A page of each route, put together: what the index `packet_id_route` has in order for one route it has not for several.
 * Reads at most `limit` rows a route, however many there are.
 */
export const pageOfRoutes = `
  SELECT page.* FROM unnest($1::text[], $2::text[], $3::text[]) AS route (deployment, source, destination),
    LATERAL (
      SELECT * FROM packet_id
      WHERE packet_id.deployment = route.deployment AND packet_id.source = route.source
        AND packet_id.destination = route.destination AND listed > $4
      ORDER BY listed LIMIT $5) AS page
  ORDER BY listed LIMIT $5`;

type Reading = Pick<Store, "find" | "statement" | "list" | "openRequests" | "conflicts" | "events" | "newestEvent">;
type Query = <R extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => Promise<R[]>;

/** Everything that is read. @param query asks the database, in a transaction of its own. */
export function createReading(query: Query): Reading {
  async function recordsAt(ids: readonly ListedRow[]) {
    const positions = [ids.map(({ position }) => position)];
    // One after the other: the content that came with a statement is there whenever the statement has been seen.
    const statements = await query<StatementRow>(
      "SELECT * FROM statement WHERE position = ANY($1::bigint[])",
      positions,
    );
    const packets = await query<PacketRow>(
      "SELECT * FROM packet WHERE position = ANY($1::bigint[]) ORDER BY arrival",
      positions,
    );
    return recordsOf(ids, packets, statements);
  }

  return {
    async find(id, deployment) {
      const rows = await query<ListedRow>(
        `SELECT * FROM packet_id
         WHERE source = $1 AND destination = $2 AND sequence = $3
           AND ($4::text IS NULL OR deployment = $4) AND listed IS NOT NULL
         ORDER BY deployment COLLATE "C"`,
        [...idValues(id), deployment ?? null],
      );
      return recordsAt(rows);
    },
    async statement(id, signer) {
      const rows = await query<StatementRow>(
        `SELECT statement.* FROM statement JOIN packet_id USING (position)
         WHERE source = $1 AND destination = $2 AND sequence = $3 AND deployment = $4 AND signer = $5`,
        [...idValues(id), id.deployment, signer],
      );
      return rows[0] && statementOf(id, rows[0]);
    },
    async list(routes, after, limit) {
      const columns = routes.map(({ deployment, source, destination }) => [deployment, `${source}`, `${destination}`]);
      const lists = [0, 1, 2].map((column) => columns.map((values) => values[column]));
      const rows = await query<ListedRow>(pageOfRoutes, [...lists, after, limit]);
      return recordsAt(rows);
    },
    async openRequests({ deployment, source, destination }, signer, { from, below }, after, limit) {
      const rows = await query<RequestRow>(
        `SELECT * FROM request AS asked
         WHERE position > $8 AND deployment = $1 AND source = $2 AND destination = $3
           AND sequence::numeric >= $5::numeric AND ($6::numeric IS NULL OR sequence::numeric < $6::numeric)
           AND NOT EXISTS (
             SELECT 1 FROM packet_id JOIN statement USING (position)
             WHERE packet_id.source = asked.source AND packet_id.destination = asked.destination
               AND packet_id.sequence = asked.sequence AND packet_id.deployment = asked.deployment AND signer = $4)
         ORDER BY position LIMIT $7`,
        [deployment, `${source}`, `${destination}`, signer, `${from}`, below?.toString() ?? null, limit, after],
      );
      return rows.map(requestOf);
    },
    conflicts: () => readConflicts(query),
    async events(after, limit) {
      const rows = await query<EventRow>(
        `SELECT event, signer, packet_id.* FROM statement JOIN packet_id USING (position)
         WHERE event > $1 ORDER BY event LIMIT $2`,
        [after, limit],
      );
      return rows.map(eventOf);
    },
    async newestEvent() {
      const [row] = await query<{ event: number }>("SELECT coalesce(max(event), 0) AS event FROM statement", []);
      return row?.event ?? 0;
    },
  };
}

async function readConflicts(query: Query): Promise<Conflict[]> {
  const rows = await query<StatementRow & PacketIdRow & { first: StatementRow }>(
    `SELECT conflict.*, packet_id.*, row_to_json(statement) AS first
     FROM conflict JOIN packet_id USING (position) JOIN statement USING (position, signer)
     ORDER BY conflict.received_at, packet_id.position, conflict.signer COLLATE "C"`,
    [],
  );
  return rows.map((row) => {
    const id = statementIdOf(row);
    return { first: statementOf(id, row.first), second: statementOf(id, row) };
  });
}

function idValues(id: PacketId): string[] {
  const { source, destination, sequence } = idColumns(id);
  return [source, destination, sequence];
}
