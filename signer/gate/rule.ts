import type { PacketDigest } from "../../shared/digest/index.ts";
import type { Assurance, AttestationRequest } from "../../shared/wire/index.ts";
import type { Client, Route } from "../policy/index.ts";
import type { Transaction } from "../state/index.ts";
import type { HoldReason, Inputs, RuleId } from "./outcome.ts";

/** What stands before the gate: who asks, for what, on which route. */
export interface Submission {
  readonly client: Client;
  readonly request: AttestationRequest;
  readonly route: Route;
}

/** A submission that the rules without memory let through, as it stands when the rules with one judge it. */
export interface Candidate extends Submission, PacketDigest {
  /** Pin of the key that its client came with. */
  readonly pin: string;
  /** What evidence vouches for; `claimed` where there is none. */
  readonly evidence: Assurance;
  /**
   * Whether its packet id was reserved before. If it was with this content, it was let through, counted and waited for
   * already; if not, this content will never be signed, and nothing needs to wait for it.
   */
  readonly reserved: boolean;
}

/** Nothing speaks against it; `inputs` say what was looked at, for the record. */
export interface Pass {
  readonly decision: "pass";
  readonly inputs?: Inputs;
}

export interface Hold {
  readonly decision: "hold";
  readonly hold: HoldReason;
  readonly retryAfterSeconds: number;
  readonly inputs: Inputs;
}

export interface Refusal {
  readonly decision: "deny" | "fail";
  readonly reason: string;
  readonly inputs: Inputs;
}

/** One reason to refuse, in the request and the policy alone. A rule knows nothing of the rules beside it. */
export interface Rule {
  readonly id: RuleId;
  judge(submission: Submission): Pass | Refusal;
}

export type Judgement = Pass | Hold | Refusal;

/**
 * One reason to refuse or to wait that depends on what was recorded before. It judges, and records what it must remember,
 * in the transaction that reserves.
 */
export interface StatefulRule {
  readonly id: RuleId;
  /** @param transaction its `nowMs` never runs backwards. */
  judge(transaction: Transaction, candidate: Candidate): Judgement;
  /** Called in the same transaction if nothing spoke against it and the ledger has reserved it. */
  settle?(transaction: Transaction, candidate: Candidate): void;
}

export const pass: Pass = { decision: "pass" };

export function passWith(inputs: Inputs): Pass {
  return { decision: "pass", inputs };
}

export function hold(reason: HoldReason, retryAfterSeconds: number, inputs: Inputs): Hold {
  return { decision: "hold", hold: reason, retryAfterSeconds, inputs };
}

export function deny(reason: string, inputs: Inputs): Refusal {
  return { decision: "deny", reason, inputs };
}

export function fail(reason: string, inputs: Inputs): Refusal {
  return { decision: "fail", reason, inputs };
}
