import { AttestorError } from "../../../shared/errors/index.ts";
import type { Operator } from "../../policy/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import { approvalsNeeded, approve, clearApprovals, liveApprovals, requestersOf } from "./approvals.ts";
import { holdEntry } from "./holdEntry.ts";
import type { HoldRow } from "./holdRecords.ts";

/** An operator's word on a hold: which one, and the digest that they looked at. */
export interface HoldAction {
  readonly operator: Operator;
  /** Pin of the certificate that they came with. */
  readonly pin: string;
  readonly id: number;
  readonly digest: string;
}

export interface Released {
  /** Operators whose approval counts now. */
  readonly approvals: readonly string[];
  /** Whether they are enough: then the next request for this content passes its review, and it is dropped no more. */
  readonly released: boolean;
}

const statements = prepared((database) => ({
  one: database.prepare<[number], HoldRow>("SELECT * FROM gate_holds WHERE id = ?"),
  drop: database.prepare<object>("UPDATE gate_holds SET dropped_by = @by WHERE id = @id"),
  undrop: database.prepare<[number]>("UPDATE gate_holds SET dropped_by = NULL WHERE id = ?"),
}));

/**
 * Approves a hold that waits for review, or one that was dropped. It is released once two different operators approve, neither
 * of whom asked for the packet, and as long as both approvals count. That ends a drop; an announced time goes on from where it
 * began.
 *
 * @param transaction in the gate's time.
 * @param operators those of the policy in force.
 * @throws AttestorError `not_found`, `conflict`.
 */
export function releaseHold(transaction: Transaction, action: HoldAction, operators: readonly Operator[]): Released {
  const { operator, pin } = action;
  const hold = holdFor(transaction, action);
  if (hold.reason !== "review" && hold.dropped_by === null) {
    throw conflict(`Hold ${hold.id} waits for its time, and operators cannot shorten that; they can drop it`);
  }
  if (hold.dropped_by === null && (hold.expires_ms ?? 0) <= transaction.nowMs) {
    throw conflict(`Hold ${hold.id} has expired; the client has to ask again`);
  }
  if (isRequester(transaction, hold, operator)) {
    throw conflict(
      `Operator ${operator.name} has a certificate that asked for this packet; another one must release it`,
    );
  }
  if (!approve(transaction, hold, operator, pin)) {
    throw conflict(`The certificate of operator ${operator.name} approved hold ${hold.id} under another name already`);
  }
  const approvals = liveApprovals(transaction, hold, operators).map((approval) => approval.operator);
  const released = approvals.length >= approvalsNeeded;
  transaction.record(holdEntry(hold, "approved", { operator: operator.name, released }));
  if (released) statements(transaction.database).undrop.run(hold.id);
  return { approvals, released };
}

/**
 * Drops a hold: its content is denied from now on. Approvals given before count no more. One operator is enough.
 *
 * @throws AttestorError `not_found`, `conflict`.
 */
export function dropHold(transaction: Transaction, action: HoldAction): void {
  const hold = holdFor(transaction, action);
  const by = action.operator.name;
  statements(transaction.database).drop.run({ id: hold.id, by });
  clearApprovals(transaction, hold);
  transaction.record(holdEntry(hold, "dropped", { operator: by }));
}

function holdFor({ database }: Transaction, { id, digest }: HoldAction): HoldRow {
  const hold = statements(database).one.get(id);
  if (!hold) throw new AttestorError("not_found", { what: `hold ${id}; what is signed or expired has none` });
  if (hold.digest !== digest) throw conflict(`Hold ${id} is about another digest than ${digest}`);
  return hold;
}

function isRequester(transaction: Transaction, hold: HoldRow, { name, certificatePins }: Operator): boolean {
  return requestersOf(transaction, hold).some(({ client, pin }) => client === name || certificatePins.includes(pin));
}

function conflict(reason: string): AttestorError {
  return new AttestorError("conflict", { reason });
}
