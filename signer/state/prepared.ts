import type { SqliteDatabase } from "../../shared/sqlite/index.ts";

/** A part's statements, prepared once for each database that is opened. */
export function prepared<T extends object>(prepare: (database: SqliteDatabase) => T): (database: SqliteDatabase) => T {
  const ready = new WeakMap<SqliteDatabase, T>();
  return (database) => {
    const known = ready.get(database);
    if (known) return known;
    const statements = prepare(database);
    ready.set(database, statements);
    return statements;
  };
}
