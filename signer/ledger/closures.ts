import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/prepared.ts";
import type { LedgerId } from "./ledger.ts";
import { idColumns, paddedSequence } from "./rows.ts";

/** One direction between two chains, in one deployment. */
export type LedgerRoute = Omit<LedgerId, "sequence">;

const onRoute = "deployment = @deployment AND source = @source AND destination = @destination";

const statements = prepared((database) => ({
  closing: database.prepare<object, { import: number }>(`
    SELECT import FROM closures
    WHERE ${onRoute} AND watermark >= @sequence AND NOT EXISTS (
      SELECT 1 FROM openings
      WHERE openings.deployment = closures.deployment AND openings.source = closures.source
        AND openings.destination = closures.destination AND openings.import = closures.import
        AND openings.first <= @sequence AND openings.last >= @sequence
    ) LIMIT 1`),
  highest: database.prepare<object, { watermark: string | null }>(
    `SELECT max(watermark) AS watermark FROM closures WHERE ${onRoute}`,
  ),
  close: database.prepare<object>(
    "INSERT INTO closures VALUES (@import, @deployment, @source, @destination, @watermark)",
  ),
  open: database.prepare<object>(
    "INSERT INTO openings VALUES (@import, @deployment, @source, @destination, @first, @last)",
  ),
  all: database.prepare<object, { import: number; watermark: string }>(
    `SELECT import, watermark FROM closures WHERE ${onRoute} ORDER BY import`,
  ),
  openings: database.prepare<object, { first: string; last: string }>(
    `SELECT first, last FROM openings WHERE ${onRoute} AND import = @import ORDER BY first`,
  ),
  routes: database.prepare<[], { deployment: string; source: string; destination: string }>(
    "SELECT DISTINCT deployment, source, destination FROM closures",
  ),
}));

/** Sequences from `first` to `last`, both included. */
export interface SequenceRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** What one import says of a route: up to the watermark everything is closed but the open ranges. */
export interface Closure {
  readonly watermark: bigint;
  readonly open: readonly SequenceRange[];
}

/**
 * Whether another ledger, whose history was imported, may have signed something for this packet that did not come along.
 * One import that closes it is enough.
 */
export function isClosedByImport(database: SqliteDatabase, id: LedgerId): boolean {
  return statements(database).closing.get(idColumns(id)) !== undefined;
}

/** The highest watermark that was imported for a route. */
export function highestWatermark(database: SqliteDatabase, route: LedgerRoute): bigint | undefined {
  const found = statements(database).highest.get(routeColumns(route))?.watermark;
  return typeof found === "string" ? BigInt(found) : undefined;
}

export function addClosure(
  database: SqliteDatabase,
  number: number,
  route: LedgerRoute,
  { watermark, open }: Closure,
): void {
  const columns = { ...routeColumns(route), import: number };
  statements(database).close.run({ ...columns, watermark: paddedSequence(watermark) });
  for (const { first, last } of open) {
    statements(database).open.run({ ...columns, first: paddedSequence(first), last: paddedSequence(last) });
  }
}

/** What every import says of a route. */
export function closuresOf(database: SqliteDatabase, route: LedgerRoute): Closure[] {
  const columns = routeColumns(route);
  return statements(database)
    .all.all(columns)
    .map(({ import: number, watermark }) => ({
      watermark: BigInt(watermark),
      open: statements(database)
        .openings.all({ ...columns, import: number })
        .map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) })),
    }));
}

/** Every route that an import said something of. */
export function routesWithClosures(database: SqliteDatabase): LedgerRoute[] {
  const found = statements(database).routes.all();
  return found.map(({ deployment, source, destination }) => ({
    deployment,
    source: BigInt(source),
    destination: BigInt(destination),
  }));
}

function routeColumns({ deployment, source, destination }: LedgerRoute) {
  return { deployment, source: `${source}`, destination: `${destination}` };
}
