import { AttestorError, faultName, isAttestorError } from "../../shared/errors/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";

/** Largest database that is read in full at a start, in bytes: less than a second. */
const mostRead = 64 * 1024 * 1024;
/** The tables that grow with history; in a larger database they are not read. */
const large = ["packets", "outbox", "archive"];

const recovery =
  "Keep it: move chain.sqlite, chain.sqlite-wal and chain.sqlite-shm out of the state folder. Then copy the newest backup " +
  "(attestor chain backup) to chain.sqlite there and start again. Without a backup start without the file: the chains " +
  "are read again from each route's startHeight, and the signer gives the signatures again that it has given before. " +
  "No packet is lost either way; docs/reliability.md has the steps";

function damaged(file: string, reason: string): AttestorError<"database_damaged"> {
  return new AttestorError("database_damaged", { file, reason, recovery });
}

/** The error for what SQLite says about a file that is not whole any more; undefined for every other fault. */
export function damageOf(error: unknown, file: string): AttestorError<"database_damaged"> | undefined {
  const fault = isAttestorError(error, "database_unusable") ? error.data.reason : faultName(error);
  return /^SQLITE_(CORRUPT|NOTADB)/.test(fault) ? damaged(file, fault) : undefined;
}

/**
 * Reads the tables, so that a damaged database is found before anything is built on it. What is not read here is found
 * when it is used, and in full by each backup.
 *
 * @throws AttestorError `database_damaged`.
 */
export function checkWhole(database: SqliteDatabase, file: string): void {
  const pragma = (name: string) => Number(database.pragma(name, { simple: true }));
  const isLarge = pragma("page_count") * pragma("page_size") > mostRead;
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  for (const table of tables) {
    if (isLarge && large.includes(table)) continue;
    const result = database.pragma(`quick_check(${table})`, { simple: true });
    if (result !== "ok") throw damaged(file, String(result).split("\n").at(-1) ?? "");
  }
}
