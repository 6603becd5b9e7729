import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { Denied, Failed, Held, RuleId } from "./outcome.ts";
import { fail, type Hold, type Refusal } from "./rule.ts";

/** The outcome of a rule that denies or fails. */
export function refused(rule: RuleId, { decision, reason, inputs }: Refusal): Denied | Failed {
  if (decision === "fail") {
    return { outcome: "failed", rule, inputs, error: new AttestorError("failed", { rule, reason }) };
  }
  return { outcome: "denied", rule, inputs, error: new AttestorError("denied", { rule, reason, inputs }) };
}

/** The outcome of a rule that holds. */
export function held(rule: RuleId, { hold, retryAfterSeconds, inputs }: Hold): Held {
  return { outcome: "held", rule, reason: hold, retryAfterSeconds, inputs };
}

/** A rule that breaks has not let anything through; its fault is named, and its text kept to itself. */
export function broken(error: unknown): Refusal {
  return fail(`the rule itself failed (${faultName(error)})`, {});
}
