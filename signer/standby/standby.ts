import { AttestorError } from "../../shared/errors/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { latestPolicy } from "../policy/history.ts";
import { type Approval, approve, type Operator, readPolicy } from "../policy/index.ts";
import type { SignerState } from "../state/index.ts";

/** What a ledger is kept ready for. */
export interface Standby {
  /** Id of the ledger whose keys it may take over. */
  readonly of: string;
  readonly hasTakenOver: boolean;
}

/** Undefined for a ledger that was made for keys of its own. */
export function standbyIn(database: SqliteDatabase): Standby | undefined {
  const row = database
    .prepare<[], { of_ledger: string; took_over_at_ms: number | null }>("SELECT * FROM standby")
    .get();
  return row && { of: row.of_ledger, hasTakenOver: row.took_over_at_ms !== null };
}

/**
 * The object of the statement by which operators let a standby take over: whose keys, and with which history. Another
 * import makes it another object, so that nobody's signature counts for a history that he has not seen.
 */
export function takeOverObject(database: SqliteDatabase, { of }: Standby): string {
  const newest = database
    .prepare<[], string>("SELECT file_hash FROM imports ORDER BY number DESC LIMIT 1")
    .pluck()
    .get();
  return `keys of ledger ${of}, history sha256 ${newest ? String(newest).slice(2) : "none"}`;
}

/**
 * Refuses the history of a signer whose place this standby is not kept for: what it closes here would be closed for good.
 *
 * @param ledger id of the ledger that the history comes from; a standby's own id is that of a document somebody wrote for it.
 * @throws AttestorError `conflict`.
 */
export function refuseOtherHistory(state: Pick<SignerState, "id" | "read">, ledger: string): void {
  const standby = state.read(standbyIn);
  if (!standby || standby.hasTakenOver || ledger === standby.of || ledger === state.id) return;
  const reason = `This ledger is the standby of ledger ${standby.of}, and the history is of ${ledger}. Nothing was imported`;
  throw new AttestorError("conflict", { reason });
}

/**
 * Keeps a standby from signing. Its keys say so themselves where a token holds the id of their ledger; for a KMS key nothing
 * but this does.
 *
 * @throws AttestorError `setup_needed`.
 */
export function refuseStandby(state: Pick<SignerState, "read">): void {
  const standby = state.read(standbyIn);
  if (!standby || standby.hasTakenOver) return;
  const reason = `This ledger is the standby of ledger ${standby.of}. It signs once two operators have it take over`;
  throw new AttestorError("setup_needed", { reason: `${reason} (docs/restore.md)` });
}

/**
 * Records that a standby takes over, as two operators of its policy signed for. A standby that has done so already needs
 * nobody: its keys may still have to be bound.
 *
 * @returns the id of the ledger whose keys it takes over.
 * @throws AttestorError `conflict` for a ledger that is nobody's standby, `approval_refused`.
 */
export async function takeOver(state: SignerState, approval: Approval): Promise<string> {
  return state.decide((transaction) => {
    const { database, nowMs, record } = transaction;
    const standby = standbyOf(database);
    if (standby.hasTakenOver) return standby.of;
    const object = takeOverObject(database, standby);
    const wanted = { action: "take-over", object, ledger: state.id, needed: 2 } as const;
    const operators = approve(transaction, approval, wanted, operatorsIn(database));
    database.prepare<[number]>("UPDATE standby SET took_over_at_ms = ?").run(nowMs);
    record({ kind: "take-over", body: { ledger: standby.of, object, operators } });
    return standby.of;
  });
}

/** @throws AttestorError `conflict` for a ledger that is nobody's standby. */
export function standbyOf(database: SqliteDatabase): Standby {
  const standby = standbyIn(database);
  if (standby) return standby;
  throw new AttestorError("conflict", {
    reason: "This ledger is nobody's standby (attestor ledger init --standby-of)",
  });
}

function operatorsIn(database: SqliteDatabase): readonly Operator[] {
  const recorded = latestPolicy(database);
  return recorded ? readPolicy(recorded.text, "").policy.operators : [];
}
