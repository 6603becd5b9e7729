import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { AttestationRequest } from "../../shared/wire/index.ts";
import type { Client, Route } from "../policy/index.ts";
import type { Denied, Failed, Held, Inputs, RuleId } from "./outcome.ts";
import { findRoute, noRoute } from "./routeRule.ts";
import type { Judgement, Rule, Submission } from "./rule.ts";

/** A request that every rule let through, with the route it takes; or the outcome that it came to at the gate. */
export type GateDecision = { readonly outcome: "passed"; readonly route: Route } | Held | Denied | Failed;

export interface Gate {
  decide(client: Client, request: AttestationRequest): Promise<GateDecision>;
}

/**
 * Asks the rules in order. The first that denies or fails is the answer; a hold lets the later rules speak, because a
 * denial outweighs it, and then the first hold is the answer.
 */
export function createGate(routes: readonly Route[], rules: readonly Rule[]): Gate {
  return {
    async decide(client, request) {
      const route = findRoute(routes, request.deployment, request.packet);
      if (!route) {
        const { reason, inputs } = noRoute(request.deployment, request.packet);
        return denied("route", reason, inputs);
      }
      return (await firstRefusal(rules, { client, request, route })) ?? { outcome: "passed", route };
    },
  };
}

async function firstRefusal(
  rules: readonly Rule[],
  submission: Submission,
): Promise<Held | Denied | Failed | undefined> {
  let firstHold: Held | undefined;
  for (const rule of rules) {
    const refusal = toOutcome(rule.id, await judge(rule, submission));
    if (refusal?.outcome === "held") firstHold ??= refusal;
    else if (refusal) return refusal;
  }
  return firstHold;
}

/** A rule that breaks has not let anything through. */
async function judge(rule: Rule, submission: Submission): Promise<Judgement> {
  try {
    return await rule.judge(submission);
  } catch (error) {
    return { decision: "fail", reason: `the rule itself failed (${faultName(error)})`, inputs: {} };
  }
}

function toOutcome(rule: RuleId, judgement: Judgement): Held | Denied | Failed | undefined {
  switch (judgement.decision) {
    case "pass":
      return undefined;
    case "hold": {
      const { hold: reason, retryAfterSeconds, inputs } = judgement;
      return { outcome: "held", rule, reason, retryAfterSeconds, inputs };
    }
    case "deny":
      return denied(rule, judgement.reason, judgement.inputs);
    case "fail": {
      const { reason, inputs } = judgement;
      return { outcome: "failed", rule, inputs, error: new AttestorError("failed", { rule, reason }) };
    }
  }
}

function denied(rule: RuleId, reason: string, inputs: Inputs): Denied {
  return { outcome: "denied", rule, inputs, error: new AttestorError("denied", { rule, reason, inputs }) };
}
