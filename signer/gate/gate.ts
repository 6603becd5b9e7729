import type { Assurance, AttestationRequest } from "../../shared/wire/index.ts";
import type { ActivePolicy, Client, Route } from "../policy/index.ts";
import { type Evidence, noEvidence } from "./evidence.ts";
import type { Checked, Denied, Failed, Inputs, RuleId } from "./outcome.ts";
import { broken, refused } from "./refusalOutcome.ts";
import { findRoute, noRoute } from "./routeRule.ts";
import { deny, type Rule, type Submission } from "./rule.ts";

/** A request that every rule without memory let through, with the route it takes and what evidence vouches for. */
export interface Admitted {
  readonly outcome: "passed";
  readonly route: Route;
  readonly evidence: Assurance;
  readonly checked: Checked;
}

export type GateDecision = Admitted | Denied | Failed;

export interface Gate {
  /** @param active the policy that decides; one decision is by one policy, whatever is put into force meanwhile. */
  decide(active: ActivePolicy, client: Client, request: AttestationRequest): Promise<GateDecision>;
}

/**
 * The gate's first part: the rules that need nothing but the request and the policy, in order, and then the evidence,
 * which may take its time. The first rule that denies or fails is the answer.
 *
 * @param rulesOf the rules under a policy.
 */
export function createGate(rulesOf: (active: ActivePolicy) => readonly Rule[], evidence: Evidence = noEvidence): Gate {
  return {
    async decide(active, client, request) {
      const route = findRoute(active.policy.routes, request.deployment, request.packet);
      if (!route) {
        const { reason, inputs } = noRoute(request.deployment, request.packet);
        return refused("route", deny(reason, inputs));
      }
      const submission = { client, request, route };
      const checked: Partial<Record<RuleId, Inputs>> = {};
      for (const rule of rulesOf(active)) {
        const judgement = judge(rule, submission);
        if (judgement.decision !== "pass") return refused(rule.id, judgement);
        if (judgement.inputs) checked[rule.id] = judgement.inputs;
      }
      try {
        const found = await evidence.assess(submission);
        return { outcome: "passed", route, evidence: found, checked };
      } catch (error) {
        return refused("evidence", broken(error));
      }
    },
  };
}

function judge(rule: Rule, submission: Submission): ReturnType<Rule["judge"]> {
  try {
    return rule.judge(submission);
  } catch (error) {
    return broken(error);
  }
}
