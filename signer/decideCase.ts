import type { AttestorParts } from "./attest.ts";
import { equivocationEntry, recordUnlessRecent } from "./audit/index.ts";
import { type Case, recordCase } from "./case.ts";
import type { Candidate, Denied, Failed, Held } from "./gate/index.ts";
import type { Reservation, Reserved } from "./ledger/index.ts";
import { ledgerRefusal } from "./ledgerRefusal.ts";
import type { Transaction } from "./state/index.ts";

/**
 * What the transaction came to: an outcome, or how the packet stands in the ledger, or that nothing speaks against it but
 * that it comes too late to be signed in time.
 */
export type Decided =
  | Held
  | Denied
  | Failed
  | Exclude<Reserved, { readonly state: "reserved" }>
  | { readonly state: "reserved"; readonly reservation: Reservation }
  | { readonly state: "late" };

type Parts = Pick<AttestorParts, "statefulGate" | "ledger" | "policyVersion">;

/**
 * Everything that is decided on a request, and its record, in one transaction: all of it is on disk before anything follows
 * from it. Nothing is reserved while a rule refuses or holds; a refusal, the ledger's too, outweighs a hold. One refusal of
 * the ledger brings an attestation along, and nothing leaves while a pause holds it.
 */
export function decideCase(parts: Parts, transaction: Transaction, current: Case): Decided {
  const { statefulGate, ledger } = parts;
  const { reservation, admitted, inputs } = current;
  const policy = parts.policyVersion();
  const stands = ledger.standing(transaction, reservation);
  const judged = statefulGate(transaction, candidateOf(current, stands.state));
  const isRefusal = judged.outcome === "denied" || judged.outcome === "failed";
  const isKeptBack = judged.outcome === "held" && stands.state === "refused" && stands.code === "verdict_already_given";
  if (stands.state === "refused" && !isRefusal && !isKeptBack) {
    recordCase(transaction, current, policy, ledgerRefusal(stands, reservation, inputs, undefined));
    if (stands.code === "equivocation") {
      recordUnlessRecent(transaction, equivocationEntry(reservation, stands.stored, stands.differing));
    }
    return stands;
  }
  if (judged.outcome !== "passed") {
    recordCase(transaction, current, policy, judged);
    return judged;
  }
  // First sights and proposals stay. It is no decision on the packet, so it is not recorded as one.
  if (current.late && stands.state !== "signed") return { state: "late" };
  const vouched = { ...current, reservation: { ...reservation, assurance: judged.assurance } };
  const reserved = ledger.reserve(transaction, vouched.reservation, stands);
  if (reserved.state === "reserved") judged.settle();
  const checked = { ...admitted.checked, ...judged.checked };
  const approval = { outcome: "approved", rule: "ledger", inputs } as const;
  // what was not reserved before was not approved before: no record can say the same
  recordCase(transaction, vouched, policy, approval, { checked, isNew: reserved.state === "reserved" });
  return reserved.state === "reserved" ? { ...reserved, reservation: vouched.reservation } : reserved;
}

/** A case as the rules with memory judge it. @param standing how its packet's id stands in the ledger. */
export function candidateOf(
  { submission, pin, admitted, reservation }: Case,
  standing: Reserved["state"] | "absent",
): Candidate {
  const { packetHash, digest } = reservation;
  const reserved = standing !== "absent";
  return { ...submission, pin, packetHash, digest, evidence: admitted.evidence, reserved };
}
