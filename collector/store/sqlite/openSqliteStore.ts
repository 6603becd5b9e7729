import { stringifyJson } from "../../../shared/json/index.ts";
import { packetToWire } from "../../../shared/packet/index.ts";
import { openDatabase, type SqliteDatabase } from "../../../shared/sqlite/index.ts";
import type { KnownPacket, RecordOutcome, Statement, StatementId, Store } from "../store.ts";
import { readConflicts, readPacketId, readPage, readStatement } from "./reading.ts";
import { createRequests } from "./requests.ts";
import { collectorDatabase } from "./schema.ts";

/**
 * A store in one SQLite file, made if missing: attestors hand in again what a lost file held.
 *
 * @throws AttestorError `database_in_use`, `database_unusable`.
 */
export function openSqliteStore(file: string): Store {
  const database = openDatabase(file, collectorDatabase, "either");
  const record = recorder(database);
  return {
    record: async (statement, packet) => record.immediate(statement, packet),
    find: async (id, deployment) => readPacketId(database, id, deployment),
    statement: async (id, signer) => readStatement(database, id, signer),
    list: async (filter, after, limit) => readPage(database, filter, after, limit),
    instance: readInstance(database),
    ...createRequests(database),
    conflicts: async () => readConflicts(database),
    close: async () => void database.close(),
  };
}

function readInstance(database: SqliteDatabase): string {
  const id = database.prepare<[], string>("SELECT id FROM instance").pluck().get();
  if (id === undefined) throw new Error("the store has no instance id");
  return id;
}

function recorder(database: SqliteDatabase) {
  const addPacketId = database.prepare<StatementIdRow>(
    `INSERT INTO packet_id (deployment, source, destination, sequence)
     VALUES (@deployment, @source, @destination, @sequence) ON CONFLICT DO NOTHING`,
  );
  const positionOf = database
    .prepare<StatementIdRow, number>(
      `SELECT position FROM packet_id WHERE source = @source AND destination = @destination
         AND sequence = @sequence AND deployment = @deployment`,
    )
    .pluck();
  const addPacket = database.prepare(
    `INSERT INTO packet (position, packet_hash, white_digest, flagged_digest, content)
     VALUES (@position, @packetHash, @white, @flagged, @content) ON CONFLICT DO NOTHING`,
  );
  const addStatement = database.prepare(insertInto("statement"));
  const addConflict = database.prepare(`${insertInto("conflict")} ON CONFLICT DO NOTHING`);
  const addClaims = database.prepare(
    "UPDATE statement SET claims = @claims WHERE position = @position AND signer = @signer AND claims IS NULL",
  );
  const digestGiven = database
    .prepare<[number, string], string>("SELECT digest FROM statement WHERE position = ? AND signer = ?")
    .pluck();

  return database.transaction((statement: Statement, packet: KnownPacket | undefined): RecordOutcome => {
    const id = idRow(statement.id);
    addPacketId.run(id);
    const position = positionOf.get(id);
    if (position === undefined) throw new Error("a packet id that was just written is not there");
    const row = statementRow(position, statement);
    const given = digestGiven.get(position, statement.signer);
    if (given !== undefined && given !== statement.digest) {
      addConflict.run(row);
      return "conflict";
    }
    if (packet) addPacket.run(packetRow(position, packet));
    if (given === undefined) {
      addStatement.run(row);
      return "stored";
    }
    return row.claims !== null && addClaims.run(row).changes > 0 ? "stored" : "duplicate";
  });
}

function insertInto(table: "statement" | "conflict"): string {
  return `INSERT INTO ${table} (position, signer, digest, signature, claims, received_at)
          VALUES (@position, @signer, @digest, @signature, @claims, @receivedAt)`;
}

type StatementIdRow = { deployment: string; source: string; destination: string; sequence: string };

function idRow({ deployment, source, destination, sequence }: StatementId): StatementIdRow {
  return { deployment, source: `${source}`, destination: `${destination}`, sequence: `${sequence}` };
}

function statementRow(position: number, { signer, digest, signature, claims, receivedAt }: Statement) {
  return { position, signer, digest, signature, claims: claims ? stringifyJson(claims) : null, receivedAt };
}

function packetRow(position: number, { packet, packetHash, digests }: KnownPacket) {
  const content = stringifyJson(packetToWire(packet));
  return { position, packetHash, white: digests.white, flagged: digests.flagged, content };
}
