import type { SignerState, Transaction } from "../state/index.ts";
import type { ActivePolicy, PolicyInForce } from "./policyInForce.ts";

/**
 * Runs work by the policy that is in force in its very transaction. Works share commits: where another policy came into force
 * in the same one, ahead of the work, memory still has the one before, and the work is done in a later commit.
 *
 * @param work as of `SignerState.decide`. `policies.current()` is its `active` while it runs.
 * @throws as `SignerState.decide` does.
 */
export async function decideBy<T>(
  state: Pick<SignerState, "decide">,
  policies: Pick<PolicyInForce, "current" | "isCurrent">,
  work: (transaction: Transaction, active: ActivePolicy) => T,
): Promise<T> {
  const active = policies.current();
  const done = await state.decide((transaction) =>
    policies.isCurrent(transaction, active) ? { result: work(transaction, active) } : undefined,
  );
  return done ? done.result : decideBy(state, policies, work);
}
