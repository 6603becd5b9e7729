import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { stateKind } from "./schema.ts";

/** A copy of a ledger that is at rest; disposing deletes it. */
export interface StateCopy extends Disposable {
  readonly database: SqliteDatabase;
}

/**
 * Copies a ledger and opens the copy, so that what is examined stays as it was found. The signer must not be running: it
 * holds its ledger locked, and a copy of a file that is being written proves nothing.
 *
 * @throws AttestorError `database_missing`, `database_in_use`, `database_unusable`.
 */
export function openCopy(file: string): StateCopy {
  if (!existsSync(file)) {
    throw new AttestorError("database_missing", { file, create: "Name the ledger's file." });
  }
  refuseLocked(file);
  const folder = mkdtempSync(path.join(tmpdir(), "attestor-ledger-"));
  let database: SqliteDatabase | undefined;
  const remove = () => {
    database?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const copy = path.join(folder, "ledger.sqlite");
    for (const part of ["", "-wal"]) if (existsSync(file + part)) copyFileSync(file + part, copy + part);
    database = new Database(copy, { fileMustExist: true });
    database.pragma("locking_mode = EXCLUSIVE");
    if (Number(database.pragma("application_id", { simple: true })) !== stateKind.applicationId) {
      throw new AttestorError("database_unusable", { file, reason: "it is not a ledger" });
    }
    database.pragma("query_only = ON");
    return { database, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    if (error instanceof AttestorError) throw error;
    throw new AttestorError("database_unusable", { file, reason: faultName(error) });
  }
}

/**
 * Asks for a lock that nobody but a running signer refuses. Exclusive mode keeps SQLite from making a file beside the
 * ledger; the lock itself cannot be had on a file that is open for reading alone, which shows as an error of another kind.
 */
function refuseLocked(file: string): void {
  const probe = new Database(file, { readonly: true, timeout: 0 });
  try {
    probe.pragma("locking_mode = EXCLUSIVE");
    probe.prepare("SELECT 1 FROM sqlite_schema").get();
  } catch (error) {
    if (faultName(error).startsWith("SQLITE_BUSY")) throw new AttestorError("database_in_use", { file });
  } finally {
    probe.close();
  }
}
