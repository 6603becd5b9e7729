import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { closuresOf, isClosedByImport, type LedgerRoute, routesWithClosures } from "../closures.ts";
import { attestationIn, type Row, reservationIn } from "../rows.ts";
import { ledgerIdOf } from "../sqliteLedger.ts";
import { type InterchangeRecord, type InterchangeWatermark, recordToWire } from "./format.ts";
import { interchangeText } from "./interchangeText.ts";
import { highest, intersect, without } from "./ranges.ts";

export interface ExportOptions {
  /**
   * True: instead of every record, a watermark for each route with the sequences that are still open, and the records of
   * packets whose signature is still to be made.
   */
  readonly minimal: boolean;
  readonly nowMs: number;
}

/**
 * The history of a ledger as the text of one JSON document, in pieces: a line for each watermark and each record.
 *
 * @param database of a ledger at rest.
 */
export function* exportHistory(database: SqliteDatabase, { minimal, nowMs }: ExportOptions): Generator<string> {
  const ledger = database.prepare<[], { ledger: string }>("SELECT ledger FROM identity").get()?.ledger ?? "";
  const text = interchangeText({ ledger, exportedAt: new Date(nowMs).toISOString() });
  yield* text.begin(watermarksOf(database, minimal));
  yield* text.records(recordsOf(database, rowsOf(database, minimal)));
  yield text.end();
}

/**
 * A row that is reserved, and closed by what this ledger imported itself, must not be signed; its record stays behind, so
 * that it is closed in the next ledger too.
 */
export function* recordsOf(database: SqliteDatabase, rows: Iterable<Row>): Generator<object> {
  for (const row of rows) {
    const reservation = reservationIn(row);
    if (row.state === "SIGNING" && isClosedByImport(database, ledgerIdOf(reservation))) continue;
    yield recordToWire({ ...reservation, reservedAt: row.reserved_at_ms, release: releaseIn(row) });
  }
}

function rowsOf(database: SqliteDatabase, minimal: boolean): Iterable<Row> {
  const which = minimal ? "WHERE state = 'SIGNING'" : "";
  return database
    .prepare<[], Row>(`SELECT * FROM attestations ${which} ORDER BY deployment, source, destination, sequence`)
    .iterate();
}

function releaseIn(row: Row): InterchangeRecord["release"] {
  const attestation = attestationIn(row);
  if (!attestation) return null;
  const { signature, signer, custody } = attestation;
  return { signature, signer, custody, at: row.released_at_ms ?? row.reserved_at_ms };
}

/** Full records need a watermark only where this ledger's own imports have closed something. */
export function* watermarksOf(database: SqliteDatabase, minimal: boolean): Generator<InterchangeWatermark> {
  for (const route of routesOf(database, minimal)) {
    const closures = closuresOf(database, route);
    const marks = closures.map(({ watermark }) => watermark);
    const reserved = sequencesOf(database, route);
    const watermark = highest(minimal ? [...marks, ...reserved.slice(-1)] : marks);
    let open = [{ first: 0n, last: watermark }];
    for (const closure of closures) {
      const above = { first: closure.watermark + 1n, last: watermark };
      open = intersect(open, above.first <= above.last ? [...closure.open, above] : closure.open);
    }
    yield { ...route, watermark, open: without(open, reserved) };
  }
}

function routesOf(database: SqliteDatabase, minimal: boolean): LedgerRoute[] {
  const closed = routesWithClosures(database);
  if (!minimal) return closed;
  const rows = database
    .prepare<[], Record<"deployment" | "source" | "destination", string>>(
      "SELECT DISTINCT deployment, source, destination FROM attestations",
    )
    .all()
    .map(({ deployment, source, destination }) => ({
      deployment,
      source: BigInt(source),
      destination: BigInt(destination),
    }));
  const named = [...closed, ...rows].map((route) => [Object.values(route).join("/"), route] as const);
  return [...new Map(named).values()];
}

/** Of every packet that was ever reserved, in ascending order. */
function sequencesOf(database: SqliteDatabase, { deployment, source, destination }: LedgerRoute): bigint[] {
  const found = database
    .prepare<[string, string, string], string>(
      "SELECT sequence FROM attestations WHERE deployment = ? AND source = ? AND destination = ? ORDER BY sequence",
    )
    .pluck()
    .all(deployment, `${source}`, `${destination}`);
  return found.map((sequence) => BigInt(String(sequence)));
}
