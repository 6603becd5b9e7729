import { type LedgerId, paddedSequence } from "../../ledger/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";

/** One token on one route. */
export interface Purse {
  readonly deployment: string;
  readonly source: string;
  readonly destination: string;
  readonly token: string;
}

interface Window {
  readonly after_ms: number;
  readonly sum: string;
}

const wherePurse = "deployment = @deployment AND source = @source AND destination = @destination AND token = @token";

const statements = prepared((database) => ({
  spend: database.prepare<object>(`
    INSERT INTO gate_spendings
    VALUES (@deployment, @source, @destination, @sequence, @token, @amount, @at)`),
  between: database.prepare<object, { amount: string }>(
    `SELECT amount FROM gate_spendings WHERE ${wherePurse} AND at_ms > @after AND at_ms <= @until`,
  ),
  oldest: database.prepare<object, { at_ms: number }>(
    `SELECT at_ms FROM gate_spendings WHERE ${wherePurse} AND at_ms > @after ORDER BY at_ms LIMIT 1`,
  ),
  window: database.prepare<object, Window>(`SELECT after_ms, sum FROM gate_windows WHERE ${wherePurse}`),
  write: database.prepare<object>(`
    INSERT INTO gate_windows VALUES (@deployment, @source, @destination, @token, @after, @sum)
    ON CONFLICT DO UPDATE SET after_ms = @after, sum = @sum`),
}));

/** Counts what was reserved now. */
export function spend({ database, nowMs }: Transaction, purse: Purse, id: LedgerId, amount: bigint): void {
  const { spend, window, write } = statements(database);
  spend.run({ ...purse, sequence: paddedSequence(id.sequence), amount: amount.toString(), at: nowMs });
  const known = window.get(purse);
  if (known) write.run({ ...purse, after: known.after_ms, sum: `${BigInt(known.sum) + amount}` });
}

/** The sum of what was counted within the last `length` milliseconds. */
export function spentWithin({ database, nowMs }: Transaction, purse: Purse, length: number): bigint {
  const { window, write } = statements(database);
  const after = nowMs - length;
  const known = window.get(purse);
  const slides = known !== undefined && known.after_ms <= after;
  const sum = slides
    ? BigInt(known.sum) - sumBetween(database, purse, known.after_ms, after)
    : sumBetween(database, purse, after, nowMs); // the first use of the window, or it was made longer
  write.run({ ...purse, after, sum: sum.toString() });
  return sum;
}

/** When the oldest amount that counts now will no longer count. */
export function nextRelief({ database, nowMs }: Transaction, purse: Purse, length: number): number {
  const oldest = statements(database).oldest.get({ ...purse, after: nowMs - length });
  return (oldest?.at_ms ?? nowMs) + length;
}

function sumBetween(database: Transaction["database"], purse: Purse, after: number, until: number): bigint {
  const rows = statements(database).between.all({ ...purse, after, until });
  return rows.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
