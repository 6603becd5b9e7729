import { type AttestorError, problemMediaType, toProblem } from "../../shared/errors/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import type { Denied, Failed, Outcome } from "../gate/index.ts";
import type { Rehearsal, Standing } from "../rehearse.ts";

/** What goes back to a caller. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON; a text is sent as it is. */
  readonly body: unknown;
  /** Default `application/json`. */
  readonly mediaType?: string;
  readonly retryAfterSeconds?: number;
}

/** After a failure that says nothing of its length. */
const retryAfterSeconds = 1;

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** The answer to an outcome: 200 approved, 202 held, 403 denied and 503 failed as problem documents. */
export function answerTo(outcome: Outcome): Answer {
  const { rule, inputs } = outcome;
  switch (outcome.outcome) {
    case "approved":
      return ok({ outcome: "approved", attestation: attestationToWire(outcome.attestation) });
    case "held": {
      const { reason } = outcome;
      return {
        status: 202,
        retryAfterSeconds: outcome.retryAfterSeconds,
        body: { outcome: "held", reason, rule, inputs },
      };
    }
    case "denied":
      return problem(outcome, outcome.attestation && attestationToWire(outcome.attestation));
    case "failed":
      return { ...problem(outcome), retryAfterSeconds };
  }
}

/** The answer to a dry run: 200 whatever the outcome would be, because what was asked is what it would be. */
export function rehearsalAnswerTo({ outcome, found }: Rehearsal): Answer {
  const { rule, inputs } = outcome;
  const refused = outcome.outcome === "denied" || outcome.outcome === "failed";
  return ok({
    dryRun: true,
    outcome: outcome.outcome,
    rule,
    inputs,
    ...(outcome.outcome === "held" && { reason: outcome.reason }),
    ...(refused && { problem: toProblem(outcome.error) }),
    ...(found && {
      scheme: found.reservation.scheme,
      packetHash: found.reservation.packetHash,
      digest: found.reservation.digest,
      ledger: ledgerView(found.standing),
    }),
  });
}

function ledgerView(standing: Standing): Record<string, unknown> {
  if (standing.state !== "refused") return { state: standing.state };
  const { code } = standing;
  if (code === "verdict_already_given") return { state: code, given: standing.given };
  return { state: code, ...(code === "equivocation" && { differing: standing.differing }) };
}

/** The answer to a request that came to no outcome. */
export function refusalAnswer(error: AttestorError): Answer {
  const wait = "retryAfterSeconds" in error.data ? error.data.retryAfterSeconds : undefined;
  return {
    status: error.status,
    mediaType: problemMediaType,
    body: toProblem(error),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  };
}

function problem({ rule, inputs, error, outcome }: Denied | Failed, attestation?: object): Answer {
  return {
    status: error.status,
    mediaType: problemMediaType,
    body: { ...toProblem(error), outcome, rule, inputs, attestation },
  };
}
