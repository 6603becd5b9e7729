import { AttestorError, faultName } from "../../../shared/errors/index.ts";
import { openDatabase, type SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { createHealth } from "../health.ts";
import { claimsText, idColumns, packetColumns } from "../rows.ts";
import type { KnownPacket, RecordOutcome, Statement, Store } from "../store.ts";
import { readConflicts, readEvents, readNewestEvent, readPacketId, readPage, readStatement } from "./reading.ts";
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
  const requests = createRequests(database);
  const listeners = new Set<() => void>();
  const touch = database.prepare("UPDATE instance SET id = id");
  const health = createHealth(async () => void noted(() => touch.run()));

  /** Runs some work, and notes if the file cannot be used. */
  function noted<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const reason = `the database cannot be used (${faultName(error)})`;
      if (!isFileFault(error)) throw error;
      const failed = new AttestorError("failed", { rule: "store", reason });
      health.failed(failed.message);
      throw failed;
    }
  }

  function written<T>(work: () => T): T {
    const result = noted(work);
    health.wrote();
    return result;
  }

  return {
    async record(statement, packet) {
      const outcome = written(() => record.immediate(statement, packet));
      if (outcome === "stored") for (const listener of listeners) listener();
      return outcome;
    },
    find: async (id, deployment) => noted(() => readPacketId(database, id, deployment)),
    statement: async (id, signer) => noted(() => readStatement(database, id, signer)),
    list: async (routes, after, limit) => noted(() => readPage(database, routes, after, limit)),
    instance: readInstance(database),
    request: async (request) => written(() => requests.request(request)),
    openRequests: async (...asked) => noted(() => requests.openRequests(...asked)),
    conflicts: async () => noted(() => readConflicts(database)),
    events: async (after, limit) => noted(() => readEvents(database, after, limit)),
    newestEvent: async () => noted(() => readNewestEvent(database)),
    onStored(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    fault: () => health.fault(),
    async close() {
      await health.close();
      database.close();
    },
  };
}

/** Whether the disk or the file is the reason, not what was asked of it. */
function isFileFault(error: unknown): boolean {
  return /^SQLITE_(?!CONSTRAINT|ERROR|MISUSE|RANGE|MISMATCH|TOOBIG)/.test(faultName(error));
}

function readInstance(database: SqliteDatabase): string {
  const id = database.prepare<[], string>("SELECT id FROM instance").pluck().get();
  if (id === undefined) throw new Error("the store has no instance id");
  return id;
}

function recorder(database: SqliteDatabase) {
  const addPacketId = database.prepare<object>(
    `INSERT INTO packet_id (deployment, source, destination, sequence)
     VALUES (@deployment, @source, @destination, @sequence) ON CONFLICT DO NOTHING`,
  );
  const positionOf = database
    .prepare<object, number>(
      `SELECT position FROM packet_id WHERE source = @source AND destination = @destination
         AND sequence = @sequence AND deployment = @deployment`,
    )
    .pluck();
  const addPacket = database.prepare(
    `INSERT INTO packet (position, packet_hash, white_digest, flagged_digest, content)
     VALUES (@position, @packetHash, @white, @flagged, @content) ON CONFLICT DO NOTHING`,
  );
  const columns = "position, signer, digest, signature, claims, received_at";
  const values = "@position, @signer, @digest, @signature, @claims, @receivedAt";
  const nextEvent = "(SELECT coalesce(max(event), 0) + 1 FROM statement)";
  const addStatement = database.prepare(`INSERT INTO statement (${columns}, event) VALUES (${values}, ${nextEvent})`);
  const addConflict = database.prepare(`INSERT INTO conflict (${columns}) VALUES (${values}) ON CONFLICT DO NOTHING`);
  const addClaims = database.prepare(
    `UPDATE statement SET claims = @claims, event = ${nextEvent}
     WHERE position = @position AND signer = @signer AND claims IS NULL`,
  );
  const digestGiven = database
    .prepare<[number, string], string>("SELECT digest FROM statement WHERE position = ? AND signer = ?")
    .pluck();

  return database.transaction((statement: Statement, packet: KnownPacket | undefined): RecordOutcome => {
    const id = { deployment: statement.id.deployment, ...idColumns(statement.id) };
    addPacketId.run(id);
    const position = positionOf.get(id);
    if (position === undefined) throw new Error("a packet id that was just written is not there");
    const { signer, digest, signature, claims, receivedAt } = statement;
    const row = { position, signer, digest, signature, claims: claimsText(claims), receivedAt };
    const given = digestGiven.get(position, statement.signer);
    if (given !== undefined && given !== statement.digest) {
      addConflict.run(row);
      return "conflict";
    }
    if (packet) addPacket.run({ position, ...packetColumns(packet) });
    if (given === undefined) {
      addStatement.run(row);
      return "stored";
    }
    return row.claims !== null && addClaims.run(row).changes > 0 ? "stored" : "duplicate";
  });
}
