import { parseJson } from "../../shared/json/index.ts";
import { check } from "../../shared/schema/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { type Attestation, attestationSchema } from "../../shared/wire/index.ts";
import type { RouteKey } from "../route.ts";

/** The attestation of a route that was stored last, in this order: by our clock, and within a millisecond by sequence. */
export type NewestQuery = (key: RouteKey) => Attestation | undefined;

const ofRoute = "deployment = @deployment AND source = @source AND destination = @destination";

export function createNewestQuery(database: SqliteDatabase): NewestQuery {
  const select = database.prepare<[RouteKey], { attestation: string }>(
    `SELECT attestation FROM (
       SELECT * FROM (
         SELECT signed_at, sequence, attestation FROM packets WHERE ${ofRoute} AND attestation IS NOT NULL
         ORDER BY signed_at DESC, length(sequence) DESC, sequence DESC LIMIT 1)
       UNION ALL SELECT signed_at, sequence, attestation FROM newest_archived WHERE ${ofRoute})
     ORDER BY signed_at DESC, length(sequence) DESC, sequence DESC LIMIT 1`,
  );
  return (key) => {
    const row = select.get(key);
    return row && check(attestationSchema, parseJson(row.attestation), "attestation");
  };
}
