import { AttestorError } from "../shared/errors/index.ts";
import type { Denied, Inputs, Outcome, RuleId } from "./gate/index.ts";
import type { Reservation, Reserved } from "./ledger/index.ts";

/**
 * The outcome of a request whose packet id was reserved with another content.
 *
 * @param current how the packet's first verdict, which is being signed now, came out: its attestation belongs into the
 * answer to whoever asks for the other verdict.
 */
export function ledgerRefusal(
  reserved: Extract<Reserved, { state: "refused" }>,
  reservation: Reservation,
  inputs: Inputs,
  current: Outcome | undefined,
): Denied {
  const rule: RuleId = "ledger";
  if (reserved.code === "equivocation") {
    const differing = reserved.differing.join(", ");
    return {
      outcome: "denied",
      rule,
      inputs: { ...inputs, differing },
      error: new AttestorError("equivocation", {
        rule,
        reason: `another packet with this id was reserved before; it differs in ${differing}`,
      }),
    };
  }
  if (reserved.code === "closed_by_import") {
    return { outcome: "denied", rule, inputs, error: new AttestorError("closed_by_import", { rule }) };
  }
  const given = reserved.given;
  const asked = reservation.verdict.result;
  const attestation = reserved.attestation ?? (current?.outcome === "approved" ? current.attestation : undefined);
  return {
    outcome: "denied",
    rule,
    inputs: { ...inputs, given, asked },
    error: new AttestorError("verdict_already_given", { rule, given, asked }),
    ...(attestation ? { attestation } : {}),
  };
}
