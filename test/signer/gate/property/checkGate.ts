import fc from "fast-check";
import { action, firstKnobs } from "./actions.ts";
import type { Sabotage } from "./gateWorld.ts";
import { runHistory } from "./history.ts";

/** Long enough for a hold, its release and a change of the policy in between. */
const longest = 80;

/** What random histories met, so that a test can show that they met something. */
export interface Met {
  histories: number;
  approved: number;
  held: number;
}

/**
 * Runs random histories until the oracle finds a violation.
 *
 * @returns the failure in fast-check's words, shrunk; undefined if there was none.
 */
export async function findViolation(options: {
  readonly seed: number;
  readonly runs: number;
  readonly sabotage?: Sabotage;
  /** Default true: a failure is made as short as it can be. */
  readonly shrink?: boolean;
}): Promise<{ readonly found: string | undefined; readonly met: Met }> {
  const met: Met = { histories: 0, approved: 0, held: 0 };
  const property = fc.asyncProperty(
    firstKnobs,
    fc.array(action, { maxLength: longest, size: "max" }),
    async (knobs, actions) => {
      const { violations, approved, held } = await runHistory(knobs, actions, options.sabotage);
      met.histories += 1;
      met.approved += approved;
      met.held += held;
      if (violations.length > 0) throw new Error(violations.join("\n"));
    },
  );
  const { seed, runs: numRuns, shrink = true } = options;
  const details = await fc.check(property, { seed, numRuns, endOnFailure: !shrink });
  if (!details.failed) return { found: undefined, met };
  return { found: `${details.errorInstance}\n${fc.defaultReportMessage(details)}`, met };
}
