import { stringifyJson } from "../../shared/json/index.ts";
import { check } from "../../shared/schema/index.ts";
import { formatStatement, policyObject, readPolicy } from "../../signer/policy/index.ts";
import { policyAnswer } from "../../signer/server/answerSchemas.ts";
import type { Settings, SignerWorld } from "./signerWorld.ts";

/** Puts a policy into force that differs from the first one as told; both operators sign for it. */
export async function applyPolicy(world: SignerWorld, change: (policy: Settings) => unknown): Promise<void> {
  const operator = await world.client("olga");
  const inForce = check(policyAnswer, (await operator.request("GET", "/v1/policy")).body, "body");
  const policy = structuredClone(world.policy);
  change(policy);
  const text = stringifyJson({ ...policy, version: inForce.version + 1 });
  const statement = formatStatement({
    action: "apply-policy",
    object: policyObject(readPolicy(text, world.policyFile)),
    ledger: inForce.ledger,
    expiresMs: Date.now() + 3_600_000,
  });
  const signatures = world.operators.map(({ sign }) => sign(statement));
  const answer = await operator.request("POST", "/v1/policy", { policy: text, approval: { statement, signatures } });
  if (answer.status !== 200) throw new Error(`the policy was refused: ${stringifyJson(answer.body)}`);
}
