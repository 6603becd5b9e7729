import { dropHold, type Released, releaseHold } from "../../../signer/gate/index.ts";
import type { Bench } from "./bench.ts";

function action(bench: Bench, operator: string, id: number, digest?: string) {
  const known = bench.policy.operators.find(({ name }) => name === operator);
  if (!known) throw new Error(`the policy has no operator ${operator}`);
  const stored = bench.state.read((database) =>
    database.prepare("SELECT digest FROM gate_holds WHERE id = ?").pluck().get(id),
  );
  return { operator: known, id, digest: digest ?? String(stored) };
}

/** What an operator does who looked at a hold. */
export function release(bench: Bench, operator: string, id: number, digest?: string): Promise<Released> {
  const { operators } = bench.policy;
  const wanted = action(bench, operator, id, digest);
  return bench.decide((transaction) => releaseHold(transaction, wanted, operators));
}

export function drop(bench: Bench, operator: string, id: number, digest?: string): Promise<void> {
  const wanted = action(bench, operator, id, digest);
  return bench.decide((transaction) => dropHold(transaction, wanted));
}

/** Both operators of the sample policy. */
export async function releaseByTwo(bench: Bench, id: number): Promise<void> {
  await release(bench, "olga", id);
  await release(bench, "otto", id);
}
