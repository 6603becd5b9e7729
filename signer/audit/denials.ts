import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/prepared.ts";
import type { Transaction } from "../state/state.ts";

/** How long denials of one client by one rule are counted before the count is recorded, in milliseconds. */
export const denialPeriod = 60_000;

interface DenialRow {
  readonly client: string;
  readonly rule: string;
  readonly since_ms: number;
  readonly latest_ms: number;
  readonly count: number;
}

/** A row is due when its period is over, and when the clock was set back behind its beginning. */
const due = "since_ms <= @now - @period OR since_ms > @now";

const statements = prepared((database) => ({
  one: database.prepare<object, DenialRow>("SELECT * FROM denials WHERE client = @client AND rule = @rule"),
  due: database.prepare<object, DenialRow>(`SELECT * FROM denials WHERE ${due} ORDER BY client, rule`),
  begin: database.prepare<object>("INSERT INTO denials VALUES (@client, @rule, @now, @now, 0)"),
  count: database.prepare<object>(
    "UPDATE denials SET count = count + 1, latest_ms = @now WHERE client = @client AND rule = @rule",
  ),
  end: database.prepare<object>("DELETE FROM denials WHERE client = @client AND rule = @rule"),
}));

/**
 * Counts a denial.
 *
 * @returns true if it is the first of its period, which is to be recorded in full; the others become one record with their
 * count when the period is over.
 */
export function isFirstDenial(transaction: Transaction, client: string, rule: string): boolean {
  const { database, nowMs } = transaction;
  const { one, begin, count } = statements(database);
  const known = one.get({ client, rule });
  if (known && !isDue(known, nowMs, denialPeriod)) {
    count.run({ client, rule, now: nowMs });
    return false;
  }
  if (known) endPeriod(transaction, known);
  begin.run({ client, rule, now: nowMs });
  return true;
}

/** Whether counts wait to be recorded. */
export function denialsAreDue(database: SqliteDatabase, nowMs: number): boolean {
  return statements(database).due.get({ now: nowMs, period: denialPeriod }) !== undefined;
}

/**
 * Records the counts whose period is over. What a crash left behind is recorded by the next run.
 *
 * @param period 0 ends every period: the signer stops.
 */
export function recordDenialCounts(transaction: Transaction, period = denialPeriod): void {
  const rows = statements(transaction.database).due.all({ now: transaction.nowMs, period });
  for (const row of rows) endPeriod(transaction, row);
}

function isDue({ since_ms }: DenialRow, nowMs: number, period: number): boolean {
  return since_ms <= nowMs - period || since_ms > nowMs;
}

function endPeriod({ database, record }: Transaction, { client, rule, since_ms, latest_ms, count }: DenialRow): void {
  statements(database).end.run({ client, rule });
  if (count === 0) return;
  const [since, latest] = [since_ms, latest_ms].map((ms) => new Date(ms).toISOString());
  record({ kind: "denials", body: { client, rule, since: since ?? "", latest: latest ?? "", count: `${count}` } });
}
