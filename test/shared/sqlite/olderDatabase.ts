import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import type { DatabaseKind } from "../../../shared/sqlite/index.ts";

export type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Makes the file that a program had whose newest migration was number `version`, and lets `fill` write its rows. */
export function makeOlderDatabase(
  file: string,
  { applicationId, migrations }: DatabaseKind,
  version: number,
  fill: (database: Database.Database) => void,
): void {
  const database = new Database(file);
  database.pragma("foreign_keys = ON");
  for (const migration of migrations.slice(0, version)) database.exec(migration);
  database.pragma(`application_id = ${applicationId}`);
  database.pragma(`user_version = ${version}`);
  database.pragma("journal_mode = WAL");
  database.transaction(fill)(database);
  database.close();
}

/** Every row of every table of a closed database, SQLite's own count of used ids among them. */
export function rowsOf(file: string): Rows {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
    return Object.fromEntries(
      tables.map((name) => [name, database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${name}`).all()]),
    );
  } finally {
    database.close();
  }
}

/** The rows of the tables and columns that there were before, as they are after; in one order, whatever the tables' is. */
export function sameRows(before: Rows, after: Rows): { before: Rows; after: Rows } {
  const names = Object.keys(before);
  const picked = names.map((name) => {
    const columns = Object.keys(before[name]?.[0] ?? {});
    const rows = (after[name] ?? []).map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
    return [name, inOrder(columns.length === 0 ? [] : rows)];
  });
  const kept = names.map((name) => [name, inOrder(before[name] ?? [])]);
  return { before: Object.fromEntries(kept), after: Object.fromEntries(picked) };
}

function inOrder(rows: readonly object[]): readonly object[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** What is wrong inside a closed database: rows that refer to nothing, indexes that differ from their tables. */
export function faultsOf(file: string): unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    const check = database.pragma("integrity_check", { simple: true });
    return [...(database.pragma("foreign_key_check") as unknown[]), ...(check === "ok" ? [] : [check])];
  } finally {
    database.close();
  }
}

/** SHA-256 of each migration, its first 16 hex digits: a fixture of an earlier version is true only while none is edited. */
export function migrationHashes({ migrations }: DatabaseKind): string[] {
  return migrations.map((text) => createHash("sha256").update(text).digest("hex").slice(0, 16));
}

/** Inserts a row of these columns. */
export function insertRow(database: Database.Database, table: string, row: Readonly<Record<string, unknown>>): void {
  const columns = Object.keys(row);
  database
    .prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((column) => `@${column}`).join(", ")})`,
    )
    .run(row);
}
