import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { prepared } from "../../state/index.ts";
import type { LedgerId } from "../ledger.ts";
import { type IdColumns, idColumns, type Row } from "../rows.ts";
import { recordsOf, watermarksOf } from "./exportHistory.ts";

/** A part of the full history of a ledger that is in use. */
export interface HistoryPage {
  /** All of them; with the first page only, because nothing but an import adds any. */
  readonly watermarks: readonly object[];
  readonly records: readonly object[];
  /** The last row that was read; undefined if no row came after it. */
  readonly last: LedgerId | undefined;
}

/** Rows in one page: some milliseconds for whoever signs meanwhile, and an answer well below a MiB. */
const pageSize = 250;

const statements = prepared((database) => ({
  first: database.prepare<[], Row>(
    `SELECT * FROM attestations ORDER BY deployment, source, destination, sequence LIMIT ${pageSize}`,
  ),
  after: database.prepare<IdColumns, Row>(`
    SELECT * FROM attestations
    WHERE (deployment, source, destination, sequence) > (@deployment, @source, @destination, @sequence)
    ORDER BY deployment, source, destination, sequence LIMIT ${pageSize}`),
}));

/**
 * Reads the history by pages while rows are added. No row is ever deleted or takes another key, so that the pages together
 * have every packet that was reserved, and every signature that was released, before the first of them was read; some that
 * came later may be there too.
 *
 * @param after the row that the page before ended with; undefined for the first page.
 */
export function historyPage(database: SqliteDatabase, after: LedgerId | undefined): HistoryPage {
  const { first, after: next } = statements(database);
  const rows = after ? next.all(idColumns(after)) : first.all();
  const last = rows.length < pageSize ? undefined : rows.at(-1);
  return {
    watermarks: after ? [] : [...watermarksOf(database, false)],
    records: [...recordsOf(database, rows)],
    last: last && {
      deployment: last.deployment,
      source: BigInt(last.source),
      destination: BigInt(last.destination),
      sequence: BigInt(last.sequence),
    },
  };
}
