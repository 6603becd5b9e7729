import type { Ledger } from "../ledger/index.ts";
import type { Client, Operator } from "../policy/index.ts";
import { agreement } from "./agreement/agreement.ts";
import type { Alarms } from "./alarms.ts";
import { announce } from "./announce.ts";
import { minimumAssurance } from "./evidence.ts";
import { dropped } from "./holds/dropped.ts";
import { createReviews } from "./holds/review.ts";
import type { PauseFile } from "./pause/pauseFile.ts";
import { pauseRule } from "./pause/pauseRule.ts";
import type { StatefulRule } from "./rule.ts";
import { sequenceJump } from "./value/sequenceJump.ts";
import { valueLimit } from "./value/valueLimit.ts";
import { valueWindow } from "./value/valueWindow.ts";

interface StatefulRuleParts {
  readonly ledger: Pick<Ledger, "highest">;
  /** Clients and operators of the policy in force. */
  readonly policy: () => { readonly clients: readonly Client[]; readonly operators: readonly Operator[] };
  readonly pauseFile: PauseFile;
  readonly alarms: Alarms;
}

/** Every rule that remembers, in the order in which they judge. What a route does not ask for, its rule passes. */
export function statefulRules({ ledger, policy, pauseFile, alarms }: StatefulRuleParts): StatefulRule[] {
  const reviews = createReviews(() => policy().operators);
  return [
    valueLimit(reviews),
    sequenceJump(ledger, reviews),
    valueWindow,
    announce(() => policy().clients),
    agreement({ clients: () => policy().clients, reviews, alarms }),
    dropped,
    minimumAssurance,
    pauseRule(pauseFile),
  ];
}
