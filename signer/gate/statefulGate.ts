import { faultName } from "../../shared/errors/index.ts";
import type { Assurance } from "../../shared/wire/index.ts";
import { ledgerIdOf } from "../ledger/index.ts";
import type { Transaction } from "../state/index.ts";
import type { ClockGuard } from "./clock/clockGuard.ts";
import { reachedAssurance } from "./evidence.ts";
import { settleHolds } from "./holds/holdRecords.ts";
import type { Checked, Denied, Failed, Held, Inputs, RuleId } from "./outcome.ts";
import { broken, held, refused } from "./refusalOutcome.ts";
import { type Candidate, fail, type Judgement, type StatefulRule } from "./rule.ts";

/** A candidate against which no rule speaks. */
export interface Cleared {
  readonly outcome: "passed";
  /** What vouches for its content. */
  readonly assurance: Assurance;
  readonly checked: Checked;
  /** Counts it and forgets what waited for it. To be called in the same transaction, if the ledger has reserved it. */
  settle(): void;
}

/**
 * The gate's second part: what must not change between the judgement and the reservation, so both are one transaction. It
 * records first sights, proposals and holds in it, whatever the answer.
 */
export type StatefulGate = (transaction: Transaction, candidate: Candidate) => Cleared | Held | Denied | Failed;

/**
 * Asks the rules in order. The first that denies or fails is the answer; a hold lets the later rules speak, because they
 * must see the request and because a denial outweighs it, and then the first hold is the answer.
 */
export function createStatefulGate(guard: Pick<ClockGuard, "timeOf">, rules: readonly StatefulRule[]): StatefulGate {
  return (transaction, candidate) => {
    const time = guard.timeOf(transaction);
    if ("jump" in time) return refused("clock", jumped(time.jump));
    const guarded = { ...transaction, nowMs: time.nowMs };
    const checked: Partial<Record<RuleId, Inputs>> = {};
    let firstHold: Held | undefined;
    for (const rule of rules) {
      const judgement = judge(rule, guarded, candidate);
      if (judgement.decision === "hold") firstHold ??= held(rule.id, judgement);
      else if (judgement.decision !== "pass") return refused(rule.id, judgement);
      else if (judgement.inputs) checked[rule.id] = judgement.inputs;
    }
    if (firstHold) return firstHold;
    return {
      outcome: "passed",
      assurance: reachedAssurance(candidate.route.agreement, candidate.evidence),
      checked,
      settle() {
        for (const rule of rules) rule.settle?.(guarded, candidate);
        settleHolds(guarded, ledgerIdOf(candidate.request));
      },
    };
  };
}

/** What the database throws is for the transaction: nothing of it may stand. */
function judge(rule: StatefulRule, transaction: Transaction, candidate: Candidate): Judgement {
  try {
    return rule.judge(transaction, candidate);
  } catch (error) {
    if (faultName(error).startsWith("SQLITE")) throw error;
    return broken(error);
  }
}

function jumped({ id, milliseconds }: { id: number; milliseconds: number }) {
  const reason = "the clock was set; two operators must acknowledge that it is right (attestor clock acknowledge)";
  return fail(reason, { jump: `${id}`, milliseconds: `${milliseconds}` });
}
