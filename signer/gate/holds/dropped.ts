import { deny, pass, type StatefulRule } from "../rule.ts";
import { droppedHold } from "./holdRecords.ts";

/**
 * What an operator dropped is signed no more until two released it, whether or not a rule would still hold it: a sequence
 * that jumped too far is near one day, clients agree in the end, and a policy asks for less. It stands behind the rules that
 * remember what clients say, so that what they say of a dropped content is seen all the same.
 */
export const dropped: StatefulRule = {
  id: "dropped",
  judge(transaction, candidate) {
    const hold = candidate.reserved ? undefined : droppedHold(transaction, candidate);
    if (!hold) return pass;
    const { id, reason, dropped_by: by } = hold;
    return deny(`operator ${by} dropped hold ${id}`, { hold: `${id}`, reason, by });
  },
};
