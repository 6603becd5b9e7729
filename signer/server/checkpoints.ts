import { z } from "zod";
import { unsigned } from "../../shared/schema/index.ts";
import { checkpointsAfter, checkpointToWire } from "../audit/index.ts";
import type { SignerState } from "../state/index.ts";
import { checkpointsAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** Most checkpoints in one answer. */
const pageSize = 1_000;

/**
 * `GET /v1/audit/checkpoints[?after=SIZE]`: the signed heads of the audit chain with more than `after` records, in order,
 * for clients with the audit right. Who keeps them elsewhere can show later that the chain was changed.
 */
export function readCheckpoints(state: SignerState): Endpoint {
  return endpoint({
    method: "GET",
    path: "/v1/audit/checkpoints",
    allowed: ["audit"],
    summary: "Read signed checkpoints of the audit chain",
    query: z.strictObject({ after: unsigned(64).optional() }),
    answers: { 200: { description: `Up to ${pageSize} checkpoints, in order.`, schema: checkpointsAnswer } },
    refusals: [],
    handle({ query: { after = 0n } }) {
      const found = checkpointsAfter(state, Number(after), pageSize);
      return ok({ ledger: state.id, checkpoints: found.map(checkpointToWire) });
    },
  });
}
