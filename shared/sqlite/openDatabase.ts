import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { AttestorError, faultName } from "../errors/index.ts";

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
 * closes, and brings its schema up to date.
 *
 * @param mode `existing` refuses a missing file (a lost ledger must not be replaced silently), `create` refuses an
 * existing one, `either` takes both.
 * @param howToCreate told to the reader when the file is missing.
 * @throws AttestorError `database_missing`, `database_exists`, `database_in_use`, `database_unusable`.
 */
export function openDatabase(
  file: string,
  kind: DatabaseKind,
  mode: "existing" | "create" | "either",
  howToCreate = "",
): SqliteDatabase {
  const exists = existsSync(file);
  if (mode === "existing" && !exists) throw new AttestorError("database_missing", { file, create: howToCreate });
  if (mode === "create" && exists) throw new AttestorError("database_exists", { file });
  let database: SqliteDatabase | undefined;
  try {
    database = new Database(file, { timeout: 0 });
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    migrate(database, file, kind, mode === "existing");
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof AttestorError) throw error;
    const code = faultName(error);
    if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
      throw new AttestorError("database_in_use", { file });
    }
    throw new AttestorError("database_unusable", { file, reason: code });
  }
}

function migrate(database: SqliteDatabase, file: string, kind: DatabaseKind, mustBeFilled: boolean): void {
  const read = (pragma: string) => Number(database.pragma(pragma, { simple: true }));
  database.exec("BEGIN EXCLUSIVE"); // takes the lock even when there is nothing to migrate
  try {
    const version = read("user_version");
    const applicationId = read("application_id");
    const isNew = version === 0 && applicationId === 0;
    if (isNew && mustBeFilled) {
      throw new AttestorError("database_unusable", { file, reason: "it is empty, and an empty one proves nothing" });
    }
    if (!isNew && applicationId !== kind.applicationId) {
      throw new AttestorError("database_unusable", { file, reason: "it is a database of another kind" });
    }
    if (version > kind.migrations.length) {
      throw new AttestorError("database_unusable", {
        file,
        reason: `its schema version ${version} is newer than this program's ${kind.migrations.length}`,
      });
    }
    for (const migration of kind.migrations.slice(version)) database.exec(migration);
    database.pragma(`application_id = ${kind.applicationId}`);
    database.pragma(`user_version = ${kind.migrations.length}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
