import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import type { Route } from "../../policy/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";

/** A pause in force. */
export interface Pause {
  readonly id: number;
  /** `everything`, or the route's deployment, source and destination: the name of a route may change. */
  readonly scope: string;
  /** Name that the route had then; null for a pause of everything. */
  readonly route: string | null;
  readonly paused_by: string;
  /** What the operator said. */
  readonly note: string;
  readonly since_ms: number;
}

export const everything = "everything";

/** By whom a pause is that a file made. Nobody else can be called so: names have no blanks. */
export const byFile = "the file paused";

const statements = prepared((database) => ({
  all: database.prepare<[], Pause>("SELECT * FROM gate_pauses ORDER BY id"),
  // in the order of the few rows: by the index, SQLite would sort for each request
  of: database.prepare<[string, string], Pause>(
    "SELECT * FROM gate_pauses NOT INDEXED WHERE scope IN (?, ?) ORDER BY id LIMIT 1",
  ),
  one: database.prepare<object, Pause>("SELECT * FROM gate_pauses WHERE scope = @scope AND paused_by = @by"),
  insert: database.prepare<object, Pause>(`
    INSERT INTO gate_pauses (scope, route, paused_by, note, since_ms) VALUES (@scope, @route, @by, @note, @now)
    RETURNING *`),
  byId: database.prepare<[number], Pause>("SELECT * FROM gate_pauses WHERE id = ?"),
  remove: database.prepare<[number]>("DELETE FROM gate_pauses WHERE id = ?"),
}));

export function scopeOf({ deployment, source, destination }: Route): string {
  return `${deployment}/${source.chainId}/${destination.chainId}`;
}

/** Every pause in force, the oldest first. */
export function allPauses(database: SqliteDatabase): Pause[] {
  return statements(database).all.all();
}

/** The oldest pause that is in force on a route. */
export function pauseOn({ database }: Transaction, route: Route): Pause | undefined {
  return statements(database).of.get(everything, scopeOf(route));
}

/** Pauses a route, or everything where there is none. Somebody's second pause of the same is the first one. */
export function pause(transaction: Transaction, route: Route | undefined, by: string, note: string): Pause {
  const { database, nowMs, record } = transaction;
  const scope = route ? scopeOf(route) : everything;
  const known = statements(database).one.get({ scope, by });
  if (known) return known;
  const row = statements(database).insert.get({ scope, route: route?.name ?? null, by, note, now: nowMs });
  if (!row) throw new TypeError("the pause that was inserted is not there");
  record({ kind: "pause", body: { event: "paused", pause: `${row.id}`, scope, by, note } });
  return row;
}

export function findPause({ database }: Transaction, id: number): Pause | undefined {
  return statements(database).byId.get(id);
}

/** Ends one pause, because these operators signed for it. */
export function endPause({ database, record }: Transaction, { id, scope }: Pause, operators: readonly string[]): void {
  statements(database).remove.run(id);
  record({ kind: "pause", body: { event: "resumed", pause: `${id}`, scope, operators: [...operators] } });
}
