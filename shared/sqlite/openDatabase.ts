import { closeSync, existsSync, openSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { AttestorError, faultName, faultText } from "../errors/index.ts";

export type SqliteDatabase = Database.Database;

/** What kind of database a file is, and how its tables came to be. */
export interface DatabaseKind {
  /** SQLite `application_id`, so that one service's file is never taken for another's. */
  readonly applicationId: number;
  /** Numbered migrations: the one at index n brings the schema to version n + 1. Never edited, only added to. */
  readonly migrations: readonly string[];
}

/**
 * Opens a database with every commit on disk before it returns (WAL, synchronous=FULL), locked to this process until it
 * closes, and brings its schema up to date. A file that is not of this kind is left as it was.
 *
 * @param mode `existing` refuses a missing file (a lost ledger must not be replaced silently), `create` refuses an
 * existing one, `either` takes both. A new file belongs to its owner alone (mode 0600).
 * @param howToCreate told to the reader when the file is missing.
 * @throws AttestorError `database_missing`, `database_exists`, `database_in_use`, `database_unusable`.
 */
export function openDatabase(
  file: string,
  kind: DatabaseKind,
  mode: "existing" | "create" | "either",
  howToCreate = "",
): SqliteDatabase {
  if (mode === "existing" && !existsSync(file)) {
    throw new AttestorError("database_missing", { file, create: howToCreate });
  }
  let database: SqliteDatabase | undefined;
  try {
    if (mode !== "existing") createFile(file, mode);
    database = new Database(file, { timeout: 0, fileMustExist: true });
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    // What a savepoint needs to be undone: no crash ever reads it, and on disk it is ten times what is written to the log.
    database.pragma("temp_store = MEMORY");
    migrate(database, file, kind, mode === "existing");
    // Only now, because it rewrites the file's header; the lock that migrate took is kept.
    if (database.pragma("journal_mode = WAL", { simple: true }) !== "wal") {
      throw new AttestorError("database_unusable", {
        file,
        reason: "its file system does not allow a write-ahead log",
      });
    }
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof AttestorError) throw error;
    const code = faultName(error);
    if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
      throw new AttestorError("database_in_use", { file });
    }
    throw new AttestorError("database_unusable", { file, reason: faultText(error) });
  }
}

function createFile(file: string, mode: "create" | "either"): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    const fault = faultName(error);
    if (fault === "EEXIST" && mode === "either") return;
    if (fault === "EEXIST") throw new AttestorError("database_exists", { file });
    const reason =
      fault === "ENOENT"
        ? `its folder ${path.dirname(file)} does not exist`
        : `it cannot be created (${faultText(error)})`;
    throw new AttestorError("database_unusable", { file, reason });
  }
}

function migrate(database: SqliteDatabase, file: string, kind: DatabaseKind, mustBeFilled: boolean): void {
  const read = (pragma: string) => Number(database.pragma(pragma, { simple: true }));
  const unusable = (reason: string) => new AttestorError("database_unusable", { file, reason });
  database.exec("BEGIN EXCLUSIVE"); // takes the lock even when there is nothing to migrate
  try {
    const version = read("user_version");
    const applicationId = read("application_id");
    const tables = Number(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get());
    const isEmpty = version === 0 && applicationId === 0 && tables === 0;
    if (isEmpty && mustBeFilled) throw unusable("it is empty, and an empty one proves nothing");
    if (!isEmpty && applicationId !== kind.applicationId) throw unusable("it is a database of another kind");
    if (version > kind.migrations.length) {
      throw unusable(`its schema version ${version} is newer than this program's ${kind.migrations.length}`);
    }
    for (const migration of kind.migrations.slice(version)) database.exec(migration);
    database.pragma(`application_id = ${kind.applicationId}`);
    database.pragma(`user_version = ${kind.migrations.length}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
