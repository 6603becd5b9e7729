import type { AttestorParts } from "./attest.ts";
import { equivocationEntry, recordUnlessRecent } from "./audit/index.ts";
import { type Case, recordCase } from "./case.ts";
import type { Denied, Failed, Held } from "./gate/index.ts";
import type { Reserved } from "./ledger/index.ts";
import { ledgerRefusal } from "./ledgerRefusal.ts";
import type { Transaction } from "./state/index.ts";

/** What the transaction came to: an outcome, or how the packet stands in the ledger. */
export type Decided = Held | Denied | Failed | Reserved;

/**
 * Everything that is decided on a request, and its record, in one transaction: all of it is on disk before anything follows
 * from it. Nothing is reserved while a rule refuses or holds.
 */
export function decideCase(
  { statefulGate, ledger, policyVersion }: Pick<AttestorParts, "statefulGate" | "ledger" | "policyVersion">,
  transaction: Transaction,
  current: Case,
): Decided {
  const { submission, reservation, inputs } = current;
  const policy = policyVersion();
  const refusal = statefulGate(transaction, submission);
  if (refusal) {
    recordCase(transaction, current, policy, refusal);
    return refusal;
  }
  const reserved = ledger.reserve(transaction, reservation);
  if (reserved.state !== "refused") {
    recordCase(transaction, current, policy, { outcome: "approved", rule: "ledger", inputs });
    return reserved;
  }
  recordCase(transaction, current, policy, ledgerRefusal(reserved, reservation, inputs, undefined));
  if (reserved.code === "equivocation") {
    recordUnlessRecent(transaction, equivocationEntry(reservation, reserved.stored, reserved.differing));
  }
  return reserved;
}
