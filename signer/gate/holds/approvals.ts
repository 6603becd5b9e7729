import type { Operator } from "../../policy/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import type { HoldRow } from "./holdRecords.ts";

/** How long an approval counts, in milliseconds. Both must count at the moment of the signature's reservation. */
export const approvalPeriod = 24 * 3_600_000;

/** How many different operators release a hold. */
export const approvalsNeeded = 2;

/** One operator's approval of a hold. */
export interface Approval {
  readonly operator: string;
  readonly at_ms: number;
}

interface ApprovalRow extends Approval {
  readonly pin: string;
}

const statements = prepared((database) => ({
  all: database.prepare<[number], ApprovalRow>(
    "SELECT operator, pin, at_ms FROM gate_hold_approvals WHERE hold = ? ORDER BY at_ms, operator",
  ),
  requesters: database.prepare<[number], { client: string; pin: string }>(
    "SELECT client, pin FROM gate_hold_requesters WHERE hold = ?",
  ),
  insert: database.prepare<object>("INSERT INTO gate_hold_approvals VALUES (@hold, @operator, @pin, @now)"),
  clearOwn: database.prepare<object>("DELETE FROM gate_hold_approvals WHERE hold = @hold AND operator = @operator"),
  clear: database.prepare<[number]>("DELETE FROM gate_hold_approvals WHERE hold = ?"),
}));

/** Since when an operator's other keys approve: only the one that came with the approval does. */
const never = 0;

/**
 * The approvals that count now: young enough, by operators of the policy in force who still hold the key that gave it, none
 * of whom asked for the packet with any key.
 */
export function liveApprovals(
  { database, nowMs }: Pick<Transaction, "database" | "nowMs">,
  hold: HoldRow,
  operators: readonly Operator[],
): Approval[] {
  const asked = requestersOf({ database }, hold);
  const all = statements(database).all.all(hold.id);
  const hasAsked = (name: string) =>
    asked.some(
      ({ client, pin }) => client === name || all.some(({ operator, pin: own }) => operator === name && own === pin),
    );
  const counts = ({ operator, pin, at_ms }: ApprovalRow) =>
    at_ms > nowMs - approvalPeriod &&
    operators.some(({ name, certificatePins }) => name === operator && certificatePins.includes(pin)) &&
    !hasAsked(operator);
  const live = all.filter(counts);
  return live.filter(({ operator }, index) => live.findIndex((other) => other.operator === operator) === index);
}

/** Everybody who asked for the content of a hold, by name and by each key. */
export function requestersOf(
  { database }: Pick<Transaction, "database">,
  hold: HoldRow,
): { client: string; pin: string }[] {
  return statements(database).requesters.all(hold.id);
}

/**
 * Records an operator's approval, or renews it.
 *
 * @param used pin of the key that it came with.
 * @returns false if one of their keys approved under another name.
 */
export function approve({ database, nowMs }: Transaction, hold: HoldRow, operator: Operator, used: string): boolean {
  const { all, insert, clearOwn } = statements(database);
  const { name, certificatePins } = operator;
  const foreign = all.all(hold.id).some(({ operator, pin }) => operator !== name && certificatePins.includes(pin));
  if (foreign) return false;
  clearOwn.run({ hold: hold.id, operator: name });
  for (const pin of certificatePins) {
    insert.run({ hold: hold.id, operator: name, pin, now: pin === used ? nowMs : never });
  }
  return true;
}

/** Forgets every approval, because what was approved is no longer what is asked. */
export function clearApprovals({ database }: Transaction, hold: HoldRow): void {
  statements(database).clear.run(hold.id);
}
