import type { Released } from "../../../signer/gate/index.ts";
import type { Bench } from "./bench.ts";

function action(bench: Bench, name: string, id: number, digest?: string) {
  const operator = bench.policy.operators.find((each) => each.name === name);
  if (!operator) throw new Error(`the policy has no operator ${name}`);
  const pin = operator.certificatePins[0] ?? "";
  return { operator, pin, id, digest: digest ?? bench.desk.hold(id).digest };
}

/** What an operator does who looked at a hold. */
export async function release(bench: Bench, operator: string, id: number, digest?: string): Promise<Released> {
  return bench.desk.release(action(bench, operator, id, digest));
}

export async function drop(bench: Bench, operator: string, id: number, digest?: string): Promise<void> {
  return bench.desk.drop(action(bench, operator, id, digest));
}

/** Both operators of the sample policy. */
export async function releaseByTwo(bench: Bench, id: number): Promise<void> {
  await release(bench, "olga", id);
  await release(bench, "otto", id);
}
