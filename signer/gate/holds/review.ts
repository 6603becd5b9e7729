import type { Operator } from "../../policy/index.ts";
import type { Transaction } from "../../state/index.ts";
import type { Inputs, RuleId } from "../outcome.ts";
import { waitForPeople } from "../retryAfter.ts";
import { type Candidate, deny, fail, type Hold, hold as held, type Judgement, passWith } from "../rule.ts";
import { approvalsNeeded, clearApprovals, liveApprovals } from "./approvals.ts";
import { holdEntry } from "./holdEntry.ts";
import { addRequester, addRule, findHold, type HoldRow, openHold, pendingLimit, removeHold } from "./holdRecords.ts";

/** How long people have to look at a hold, in milliseconds; after that the request is denied. */
export const reviewPeriod = 7 * 24 * 3_600_000;

/** What rules ask that want people to look at a content before it is signed. */
export interface Reviews {
  /**
   * Passes once two operators have released this very content, for this rule and every other that asked; until then it
   * holds. Denies what has expired.
   */
  judge(transaction: Transaction, candidate: Candidate, rule: RuleId, inputs: Inputs): Judgement;
}

/** @param operators those of the policy in force. */
export function createReviews(operators: () => readonly Operator[]): Reviews {
  return {
    judge(transaction, candidate, rule, seen) {
      const known = findHold(transaction, "review", candidate);
      if (known) return judgeKnown(transaction, candidate, rule, seen, known, operators());
      const opened = openHold(transaction, "review", candidate, reviewPeriod);
      if (!opened) return tooMany(candidate);
      addRule(transaction, opened, rule, seen);
      addRequester(transaction, opened, candidate.client);
      transaction.record(holdEntry(opened, "opened", { client: candidate.client.name, rule, inputs: seen }));
      return waits(opened, seen);
    },
  };
}

function judgeKnown(
  transaction: Transaction,
  candidate: Candidate,
  rule: RuleId,
  seen: Inputs,
  hold: HoldRow,
  operators: readonly Operator[],
): Judgement {
  addRequester(transaction, hold, candidate.client);
  // Whoever approved did not see this rule's objection.
  if (addRule(transaction, hold, rule, seen)) clearApprovals(transaction, hold);
  const approvals = liveApprovals(transaction, hold, operators).map(({ operator }) => operator);
  const inputs = { ...seen, hold: `${hold.id}` };
  if (approvals.length >= approvalsNeeded) return passWith({ ...inputs, releasedBy: approvals.join(", ") });
  // a dropped one stays, so that its content stays denied
  if (hold.dropped_by === null && hold.expires_ms !== null && hold.expires_ms <= transaction.nowMs) {
    removeHold(transaction, hold);
    transaction.record(holdEntry(hold, "expired", {}));
    return deny(`hold ${hold.id} expired before two operators released it; asking again opens a new one`, inputs);
  }
  return waits(hold, seen);
}

function waits(hold: HoldRow, seen: Inputs): Hold {
  const expires = new Date(hold.expires_ms ?? 0).toISOString();
  return held("review", waitForPeople, { ...seen, hold: `${hold.id}`, expires });
}

/** One client has so much pending that nothing more is recorded for it. */
export function tooMany({ client }: Candidate): Judgement {
  return fail(`client ${client.name} has ${pendingLimit} packets pending; look at them: attestor hold list`, {
    client: client.name,
  });
}
