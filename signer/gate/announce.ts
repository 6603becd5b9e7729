import { holdEntry } from "./holds/holdEntry.ts";
import { findHold, openHold } from "./holds/holdRecords.ts";
import { tooMany } from "./holds/review.ts";
import { waitSeconds } from "./retryAfter.ts";
import { hold, pass, passWith, type StatefulRule } from "./rule.ts";

/**
 * Announce and wait: a content is signed no sooner than `signerWait` after its first sight here, by the signer's own time.
 * A stolen client key thereby becomes slow and visible. Every content waits for itself: another packet with the same id, or
 * another verdict, begins anew.
 */
export const announce: StatefulRule = {
  id: "announce",
  judge(transaction, candidate) {
    const { route, client, reserved } = candidate;
    const wait = route.signerWait;
    if (reserved || wait === undefined) return pass;
    const known = findHold(transaction, "announced", candidate);
    const seen = known ?? openHold(transaction, "announced", candidate);
    if (!seen) return tooMany(candidate);
    if (!known) transaction.record(holdEntry(seen, "opened", { client: client.name, rule: "announce" }));
    const inputs = {
      hold: `${seen.id}`,
      firstSeen: new Date(seen.since_ms).toISOString(),
      signerWaitSeconds: `${wait / 1_000}`,
    };
    const left = seen.since_ms + wait - transaction.nowMs;
    return left > 0 ? hold("announced", waitSeconds(left), inputs) : passWith(inputs);
  },
};
