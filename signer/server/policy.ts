import { z } from "zod";
import { toProblem } from "../../shared/errors/index.ts";
import { approvalSchema, type PolicyInForce } from "../policy/index.ts";
import type { SignerState } from "../state/index.ts";
import { appliedPolicyAnswer, policyAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** Longest policy that is read over the network, in characters. */
const longestPolicy = 200_000;

const bodySchema = z.strictObject({
  policy: z.string().max(longestPolicy).meta({ description: "The text of policy.yaml, byte for byte." }),
  approval: approvalSchema.optional(),
});

/** `GET /v1/policy`: which policy is in force, and what came of the latest attempt to replace it. */
export function readPolicyStatus(policies: PolicyInForce, state: Pick<SignerState, "id">): Endpoint {
  return endpoint({
    method: "GET",
    path: "/v1/policy",
    allowed: ["operator", "audit"],
    summary: "Read the policy in force and what came of the latest attempt to replace it",
    answers: { 200: { description: "The policy in force.", schema: policyAnswer } },
    refusals: [],
    handle() {
      const { policy, hash, text } = policies.current();
      const { sinceMs, attempt } = policies.status();
      return ok({
        version: policy.version,
        hash,
        ledger: state.id,
        since: timeOf(sinceMs),
        ...(attempt && {
          lastAttempt: {
            at: timeOf(attempt.atMs),
            ...(attempt.version === undefined ? {} : { version: attempt.version }),
            ...(attempt.error === undefined ? {} : { error: toProblem(attempt.error) }),
          },
        }),
        text,
      });
    },
  });
}

/** `POST /v1/policy`: puts another policy into force, for every decision at once or not at all. */
export function postPolicy(policies: PolicyInForce): Endpoint {
  return endpoint({
    method: "POST",
    path: "/v1/policy",
    allowed: ["operator"],
    summary: "Put another policy into force",
    body: bodySchema,
    bodyLimitBytes: 4 * longestPolicy,
    answers: { 200: { description: "It is in force.", schema: appliedPolicyAnswer } },
    refusals: ["policy_refused", "approval_refused", "failed"],
    async handle({ body: { policy, approval } }) {
      const { version, hash, operators, changes } = await policies.apply(policy, approval);
      return ok({ version, hash, operators, ...changes });
    },
  });
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
