import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/index.ts";
import type { Inputs } from "./outcome.ts";

/** The latest id that was given out to each kind of row that `inputs` name by id. None is ever given out twice. */
export type RecordIds = Readonly<Record<"hold" | "pause" | "jump", number>>;

const statements = prepared((database) => ({
  latest: database.prepare<[], RecordIds>(`
    SELECT
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'gate_holds'), 0) AS hold,
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'gate_pauses'), 0) AS pause,
      coalesce((SELECT jump_id FROM gate_clock), 0) AS jump`),
}));

export function latestIds(database: SqliteDatabase): RecordIds {
  const ids = statements(database).latest.get();
  if (!ids) throw new TypeError("a query without a condition found nothing");
  return ids;
}

/** Inputs without the ids of rows that were made after these: they are rolled back, and others will have their ids. */
export function withoutLaterIds(inputs: Inputs, latest: RecordIds): Inputs {
  const isLater = ([key, value]: [string, string]) => key in latest && Number(value) > latest[key as keyof RecordIds];
  return Object.fromEntries(Object.entries(inputs).filter((entry) => !isLater(entry)));
}
