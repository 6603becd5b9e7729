import { z } from "zod";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import type { Transaction } from "../state/index.ts";
import { spendStatement } from "./history.ts";
import type { Operator } from "./policy.ts";
import { isSignatureOf, parseSshSignature } from "./ssh/signature.ts";
import { longestValidity, parseStatement, type StatementAction } from "./statement.ts";

/** A statement with the detached SSH signatures of operators over its text. */
export const approvalSchema = z.strictObject({
  statement: z.string().max(1_024),
  signatures: z.array(z.string().max(4_096)).min(1, { error: "must list at least one" }).max(8),
});
export type Approval = z.output<typeof approvalSchema>;

/** What must have been approved. */
export interface Wanted {
  readonly action: StatementAction;
  readonly object: string;
  /** Id of the signer's ledger. */
  readonly ledger: string;
  /** How many different operators must have signed. */
  readonly needed: 1 | 2;
}

/**
 * The one gate of everything that operators decide by signatures. Accepts an approval of exactly this, signed by enough
 * different operators of the policy in force, and spends it: nobody can use the same statement again.
 *
 * @returns the operators' names, sorted.
 * @throws AttestorError `approval_refused`.
 */
export function approve(
  transaction: Transaction,
  approval: Approval,
  wanted: Wanted,
  operators: readonly Operator[],
): string[] {
  const names = signersOf(approval, wanted, operators, transaction.nowMs);
  if (!spendStatement(transaction, approval.statement, names)) throw refused(wanted, "the statement was used before");
  return names;
}

function signersOf(
  { statement, signatures }: Approval,
  wanted: Wanted,
  operators: readonly Operator[],
  nowMs: number,
): string[] {
  const { action, object, ledger, expiresMs } = readable(wanted, () => parseStatement(statement));
  if (action !== wanted.action) throw refused(wanted, `the statement is about ${action}`);
  if (object !== wanted.object) throw refused(wanted, `the statement is about ${object}, not ${wanted.object}`);
  if (ledger !== wanted.ledger) throw refused(wanted, `the statement is for ledger ${ledger}, not ${wanted.ledger}`);
  if (expiresMs <= nowMs) throw refused(wanted, "the statement has expired");
  if (expiresMs > nowMs + longestValidity) throw refused(wanted, "the statement is valid for more than 7 days");
  const names = signatures.map((text, index) => {
    const signature = readable(wanted, () => parseSshSignature(text));
    const owner = operators.find(({ signingKeys }) => signingKeys.includes(signature.publicKey.line));
    if (!owner) throw refused(wanted, `signature ${index + 1} is by no operator of the policy in force`);
    if (!isSignatureOf(signature, statement)) throw refused(wanted, `signature ${index + 1} is not over the statement`);
    return owner.name;
  });
  const different = [...new Set(names)].sort();
  if (different.length < wanted.needed) throw refused(wanted, `only ${different.join(", ")} signed`);
  return different;
}

function readable<T>(wanted: Wanted, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isAttestorError(error, "invalid_field")) throw refused(wanted, `${error.data.field} ${error.data.reason}`);
    throw error;
  }
}

function refused({ action, needed }: Wanted, reason: string): AttestorError {
  return new AttestorError("approval_refused", { action, needed, reason });
}
