import { type Ledger, ledgerIdOf } from "../../ledger/index.ts";
import type { Reviews } from "../holds/review.ts";
import { pass, passWith, type StatefulRule } from "../rule.ts";

/**
 * Sequences rise by one. One that lies further above the highest one reserved than the route allows is more likely
 * invented than late, and is for people to look at.
 */
export function sequenceJump(ledger: Pick<Ledger, "highest">, reviews: Reviews): StatefulRule {
  return {
    id: "sequence_jump",
    judge(transaction, candidate) {
      const { route, request, reserved } = candidate;
      const maximum = route.limits?.maximumJump;
      if (reserved || maximum === undefined) return pass;
      const highest = later(ledger.highest(transaction, ledgerIdOf(request)), route.startSequence - 1n);
      const { sequence } = request.packet;
      const inputs = {
        sequence: sequence.toString(),
        highest: highest.toString(),
        maximumJump: maximum.toString(),
      };
      if (sequence <= highest + maximum) return passWith(inputs);
      return reviews.judge(transaction, candidate, "sequence_jump", inputs);
    },
  };
}

function later(highest: bigint | undefined, beforeStart: bigint): bigint {
  return highest !== undefined && highest > beforeStart ? highest : beforeStart;
}
