import { idColumns, type LedgerId, ledgerIdOf, paddedSequence, type Reservation } from "../../ledger/index.ts";
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

/** What an import says of a packet. */
export type ImportedPacket = Pick<Reservation, "deployment" | "packet" | "verdict"> & {
  /** Milliseconds since 1970, by the clock of the ledger that reserved it. */
  readonly reservedAt: number;
};

/** The sum of a window has all that came later: an import may be ahead of the clock, and is subtracted when it has left. */
const endOfTime = Number.MAX_SAFE_INTEGER;

const wherePurse = "deployment = @deployment AND source = @source AND destination = @destination AND token = @token";

const statements = prepared((database) => ({
  spend: database.prepare<object>(`
    INSERT INTO gate_spendings
    VALUES (@deployment, @source, @destination, @sequence, @token, @amount, @at)`),
  import: database.prepare<object>(`
    INSERT INTO gate_spendings
    VALUES (@deployment, @source, @destination, @sequence, @token, @amount, @at) ON CONFLICT DO NOTHING`),
  forgetSums: database.prepare<[]>("DELETE FROM gate_windows"),
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

/**
 * Counts what another ledger reserved white, from the moment when it was: a key has one window, whichever signer uses it.
 * What is counted already stays as it is.
 */
export function countImported({ database, nowMs }: Transaction, records: readonly ImportedPacket[]): void {
  const { import: insert, forgetSums } = statements(database);
  for (const { deployment, packet, verdict, reservedAt } of records) {
    if (verdict.result !== "white") continue;
    const { sequence, ...id } = idColumns(ledgerIdOf({ deployment, packet }));
    const { destTokenAddress: token, amount } = packet.message;
    // the other clock may have been ahead of this one
    insert.run({ ...id, sequence, token, amount: amount.toString(), at: Math.min(reservedAt, nowMs) });
  }
  forgetSums.run();
}

/** The sum of what was counted within the last `length` milliseconds. */
export function spentWithin({ database, nowMs }: Transaction, purse: Purse, length: number): bigint {
  const { window, write } = statements(database);
  const after = nowMs - length;
  const known = window.get(purse);
  const slides = known !== undefined && known.after_ms <= after;
  const sum = slides
    ? BigInt(known.sum) - sumBetween(database, purse, known.after_ms, after)
    : sumBetween(database, purse, after, endOfTime); // the first use of the window, or it was made longer
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
