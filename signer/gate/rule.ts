import type { AttestationRequest } from "../../shared/wire/index.ts";
import type { Client, Route } from "../policy/index.ts";
import type { HoldReason, Inputs, RuleId } from "./outcome.ts";

/** What stands before the gate: who asks, for what, on which route. */
export interface Submission {
  readonly client: Client;
  readonly request: AttestationRequest;
  readonly route: Route;
}

export type Judgement =
  | { readonly decision: "pass" }
  | {
      readonly decision: "hold";
      readonly hold: HoldReason;
      readonly retryAfterSeconds: number;
      readonly inputs: Inputs;
    }
  | { readonly decision: "deny" | "fail"; readonly reason: string; readonly inputs: Inputs };

/** One reason to refuse or to wait. A rule knows nothing of the rules beside it. */
export interface Rule {
  readonly id: RuleId;
  judge(submission: Submission): Judgement | Promise<Judgement>;
}

export const pass: Judgement = { decision: "pass" };

export function deny(reason: string, inputs: Inputs): Judgement {
  return { decision: "deny", reason, inputs };
}
