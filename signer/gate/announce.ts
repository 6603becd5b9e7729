import type { Client } from "../policy/index.ts";
import { mayAskFor } from "./clientRights.ts";
import { holdEntry } from "./holds/holdEntry.ts";
import { addRequester, findHold, openHold } from "./holds/holdRecords.ts";
import { tooMany } from "./holds/review.ts";
import { addSight, firstSight } from "./holds/sights.ts";
import { waitSeconds } from "./retryAfter.ts";
import { hold, pass, passWith, type StatefulRule } from "./rule.ts";

/**
 * Announce and wait: a content is signed no sooner than `signerWait` after its first sight here, by the signer's own time.
 * A stolen client key thereby becomes slow and visible; once it is out of the policy, what was announced with it waits anew
 * from when another key asked for it. Every content waits for itself: another packet with the same id, or another verdict,
 * begins anew.
 *
 * @param clients those of the policy in force.
 */
export function announce(clients: () => readonly Client[]): StatefulRule {
  return {
    id: "announce",
    judge(transaction, candidate) {
      const { route, client, reserved } = candidate;
      const wait = route.signerWait;
      if (reserved || wait === undefined) return pass;
      const known = findHold(transaction, "announced", candidate);
      const seen = known ?? openHold(transaction, "announced", candidate);
      if (!seen) return tooMany(candidate);
      if (!known) transaction.record(holdEntry(seen, "opened", { client: client.name, rule: "announce" }));
      if (addSight(transaction, seen, candidate)) addRequester(transaction, seen, client);
      const since = firstSight(transaction, seen, clients().filter(mayAskFor(route))) ?? transaction.nowMs;
      const inputs = {
        hold: `${seen.id}`,
        firstSeen: new Date(since).toISOString(),
        signerWaitSeconds: `${wait / 1_000}`,
      };
      const left = since + wait - transaction.nowMs;
      return left > 0 ? hold("announced", waitSeconds(left), inputs) : passWith(inputs);
    },
  };
}
