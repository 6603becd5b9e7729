import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";

/** The pages at which a table and its indexes begin. */
export function firstPages(database: SqliteDatabase, table: string): number[] {
  const pages = database.prepare("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ? AND rootpage > 0").pluck();
  return pages.all(table) as number[];
}

/** Overwrites pages of a database file, as a failing disk does. */
export function overwrite(file: string, pages: readonly number[], pageSize = 4_096): void {
  const handle = openSync(file, "r+");
  for (const page of pages) writeSync(handle, randomBytes(pageSize), 0, pageSize, (page - 1) * pageSize);
  closeSync(handle);
}

/** Overwrites a table of a database that nobody has open. */
export function spoil(file: string, table: string): void {
  const database = new Database(file, { timeout: 0, fileMustExist: true });
  const pages = firstPages(database, table);
  database.close();
  overwrite(file, pages);
}
