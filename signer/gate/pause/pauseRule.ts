import { waitForPeople } from "../retryAfter.ts";
import { hold, pass, type StatefulRule } from "../rule.ts";
import type { PauseFile } from "./pauseFile.ts";
import { pauseOn } from "./pauses.ts";

/**
 * While a route or everything is paused, by an operator, by the file `paused` or by the policy, nothing leaves: not even
 * what was signed before.
 */
export function pauseRule(file: PauseFile): StatefulRule {
  return {
    id: "pause",
    judge(transaction, { route }) {
      file.take(transaction);
      const row = pauseOn(transaction, route);
      if (row) {
        const { id, paused_by, since_ms, note } = row;
        const since = new Date(since_ms).toISOString();
        return hold("paused", waitForPeople, { pause: `${id}`, scope: row.scope, by: paused_by, since, note });
      }
      return route.paused ? hold("paused", waitForPeople, { scope: route.name, by: "the policy" }) : pass;
    },
  };
}
