import { AttestorError } from "../shared/errors/index.ts";
import type { AttestationRequest } from "../shared/wire/index.ts";
import type { SigningKey } from "./attest.ts";
import { decisionEntry, recordDecision } from "./audit/index.ts";
import type { Admitted, Approved, Checked, Denied, Failed, Held, Inputs, RuleId, Submission } from "./gate/index.ts";
import type { Reservation } from "./ledger/index.ts";
import type { Transaction } from "./state/index.ts";

/** A request on its way: who asks, by which route, and what would be signed by which key. */
export interface Case {
  readonly submission: Submission;
  /** Pin of the key that its client came with. */
  readonly pin: string;
  /** What evidence vouches for, and what the rules without memory looked at. */
  readonly admitted: Pick<Admitted, "evidence" | "checked">;
  readonly reservation: Reservation;
  readonly key: SigningKey;
  readonly inputs: Inputs;
  /** True if it must not be reserved now, because it could not be signed in time. What is signed already is answered. */
  readonly late?: boolean;
}

/** What is recorded of an outcome; what was signed has a record of its own. */
type Recordable = Held | Denied | Failed | Omit<Approved, "attestation">;

/**
 * Records what was decided on a case, in the transaction of the decision.
 *
 * @param isNew true if no earlier record can say the same, so that none is looked for.
 */
export function recordCase(
  transaction: Transaction,
  current: Case,
  policy: string,
  outcome: Recordable,
  { checked, isNew = false }: { readonly checked?: Checked; readonly isNew?: boolean } = {},
): void {
  const { submission, reservation } = current;
  const reason = "reason" in outcome ? outcome.reason : "error" in outcome ? outcome.error.code : undefined;
  const decision = {
    asked: reservation,
    route: submission.route.name,
    key: current.key.name,
    policy,
    outcome: outcome.outcome,
    rule: outcome.rule,
    inputs: outcome.inputs,
    ...(reason === undefined ? {} : { reason }),
    ...(checked === undefined ? {} : { checked }),
  };
  if (isNew) transaction.record(decisionEntry(decision));
  else recordDecision(transaction, decision);
}

/** Records what the rules without memory refused: a decision too, although nothing of the packet was looked up. */
export function recordRefusal(
  transaction: Transaction,
  client: string,
  request: AttestationRequest,
  policy: string,
  refusal: Denied | Failed,
): void {
  const { outcome, rule, inputs, error } = refusal;
  recordDecision(transaction, { asked: { ...request, client }, policy, outcome, rule, inputs, reason: error.code });
}

export function failed(rule: RuleId, inputs: Inputs, reason: string): Failed {
  return { outcome: "failed", rule, inputs, error: new AttestorError("failed", { rule, reason }) };
}
