import type { Hex } from "../../../shared/digest/index.ts";
import { parseJson } from "../../../shared/json/index.ts";
import { type PacketId, parsePacket } from "../../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import type { Claims, Conflict, KnownPacket, PacketFilter, PacketRecord, Statement, StatementId } from "../store.ts";

interface PacketIdRow {
  position: number;
  deployment: string;
  source: string;
  destination: string;
  sequence: string;
}

interface PacketRow {
  position: number;
  packet_hash: Hex;
  white_digest: Hex;
  flagged_digest: Hex;
  content: string;
}

interface StatementRow {
  position: number;
  signer: string;
  digest: Hex;
  signature: Hex;
  claims: string | null;
  received_at: number;
}

const packetIsKnown = "EXISTS (SELECT 1 FROM packet WHERE packet.position = packet_id.position)";

export function readPacketId(database: SqliteDatabase, id: PacketId, deployment?: string): PacketRecord[] {
  const rows = database
    .prepare<Record<string, string | null>, PacketIdRow>(
      `SELECT * FROM packet_id
       WHERE source = @source AND destination = @destination AND sequence = @sequence
         AND (@deployment IS NULL OR deployment = @deployment) AND ${packetIsKnown}
       ORDER BY deployment`,
    )
    .all({
      source: `${id.source}`,
      destination: `${id.destination}`,
      sequence: `${id.sequence}`,
      deployment: deployment ?? null,
    });
  return readRecords(database, rows);
}

export function readStatement(database: SqliteDatabase, id: StatementId, signer: string): Statement | undefined {
  const row = database
    .prepare<Record<string, string>, StatementRow>(
      `SELECT statement.* FROM statement JOIN packet_id USING (position)
       WHERE source = @source AND destination = @destination AND sequence = @sequence AND deployment = @deployment
         AND signer = @signer`,
    )
    .get({
      source: `${id.source}`,
      destination: `${id.destination}`,
      sequence: `${id.sequence}`,
      deployment: id.deployment,
      signer,
    });
  return row && toStatement(id, row);
}

export function readPage(database: SqliteDatabase, filter: PacketFilter, after: number, limit: number): PacketRecord[] {
  const rows = database
    .prepare<Record<string, string | number | null>, PacketIdRow>(
      `SELECT * FROM packet_id
       WHERE position > @after
         AND (@deployment IS NULL OR deployment = @deployment)
         AND (@source IS NULL OR source = @source)
         AND (@destination IS NULL OR destination = @destination)
         AND ${packetIsKnown}
       ORDER BY position LIMIT @limit`,
    )
    .all({
      after,
      limit,
      deployment: filter.deployment ?? null,
      source: filter.source?.toString() ?? null,
      destination: filter.destination?.toString() ?? null,
    });
  return readRecords(database, rows);
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
    const id = statementId(row);
    const kept = first.get(row.position, row.signer);
    return kept ? [{ first: toStatement(id, kept), second: toStatement(id, row) }] : [];
  });
}

/** Two queries for a whole page, however long it is. */
function readRecords(database: SqliteDatabase, ids: readonly PacketIdRow[]): PacketRecord[] {
  const positions = JSON.stringify(ids.map(({ position }) => position));
  const among = "position IN (SELECT value FROM json_each(?))";
  const packets = database
    .prepare<[string], PacketRow>(`SELECT * FROM packet WHERE ${among} ORDER BY rowid`)
    .all(positions);
  const statements = database.prepare<[string], StatementRow>(`SELECT * FROM statement WHERE ${among}`).all(positions);
  const packetsAt = Map.groupBy(packets, ({ position }) => position);
  const statementsAt = Map.groupBy(statements, ({ position }) => position);
  return ids.map((row) => {
    const id = statementId(row);
    return {
      id,
      position: row.position,
      packets: (packetsAt.get(row.position) ?? []).map(toKnownPacket),
      statements: (statementsAt.get(row.position) ?? []).map((statement) => toStatement(id, statement)),
    };
  });
}

function statementId({ deployment, source, destination, sequence }: PacketIdRow): StatementId {
  return { deployment, source: BigInt(source), destination: BigInt(destination), sequence: BigInt(sequence) };
}

function toKnownPacket(row: PacketRow): KnownPacket {
  return {
    packet: parsePacket(parseJson(row.content)),
    packetHash: row.packet_hash,
    digests: { white: row.white_digest, flagged: row.flagged_digest },
  };
}

function toStatement(id: StatementId, row: StatementRow): Statement {
  return {
    id,
    signer: row.signer,
    digest: row.digest,
    signature: row.signature,
    claims: row.claims === null ? undefined : (JSON.parse(row.claims) as Claims),
    receivedAt: row.received_at,
  };
}
