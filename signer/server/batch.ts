import { z } from "zod";
import { AttestorError, type ErrorCode } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { check, integer } from "../../shared/schema/index.ts";
import type { Attestor } from "../attest.ts";
import type { RateRule } from "../gate/index.ts";
import { approvedAnswer, heldAnswer, problemAnswer, rehearsalAnswer } from "./answerSchemas.ts";
import { type Answer, ok, refusalAnswer } from "./answers.ts";
import { answerRequest, decisionRefusals, requestSchema } from "./attestations.ts";
import type { Caller } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { chargeOne } from "./rate.ts";

/** Most requests in one batch: as many as share one commit. */
const largestBatch = 256;

/** The longest request has 2 KiB; blanks and long numbers are its author's choice. */
const bodyLimitBytes = largestBatch * 4_096;

/** What one request of a batch can be refused with. */
const itemRefusals: readonly ErrorCode[] = [
  "client_refused",
  "denied",
  "invalid_field",
  "overloaded",
  "rate_limited",
  "internal",
  ...decisionRefusals,
];

const batchAnswer = z.strictObject({
  answers: z.array(
    z.strictObject({
      status: integer(200, 599),
      retryAfterSeconds: integer(1, 999_999).optional(),
      body: z
        .union([approvedAnswer, rehearsalAnswer, heldAnswer, problemAnswer.extend({ code: z.enum(itemRefusals) })])
        .meta({ description: "What POST /v1/attestations would have answered." }),
    }),
  ),
});

interface BatchParts {
  readonly attestor: Attestor;
  readonly rate: RateRule;
  readonly logger: Logger;
}

/** `POST /v1/attestations/batch`: many requests, each answered as if it had come alone. */
export function postBatch(parts: BatchParts): Endpoint {
  return endpoint({
    method: "POST",
    path: "/v1/attestations/batch",
    allowed: ["attest"],
    summary: "Ask for many attestations; each request is answered by itself, in the order of the requests",
    body: z.strictObject({
      // An item is checked by itself, so that one that is malformed spoils none of the others.
      requests: z
        .array(z.unknown().meta({ description: "As the body of POST /v1/attestations." }))
        .min(1, { error: "must have at least one" })
        .max(largestBatch, { error: `must have at most ${largestBatch}` }),
    }),
    bodyLimitBytes,
    answers: { 200: { description: "An answer for each request, in order.", schema: batchAnswer } },
    refusals: [],
    async handle({ caller, body }) {
      const answers = await Promise.all(body.requests.map((item) => answerItem(parts, caller, item)));
      return ok({ answers: answers.map(itemOf) });
    },
  });
}

/** Each item costs as much as a request that comes alone. */
async function answerItem({ attestor, rate, logger }: BatchParts, caller: Caller, item: unknown): Promise<Answer> {
  try {
    chargeOne(rate, caller);
    return await answerRequest(attestor, caller.peer, check(requestSchema, item, "request"));
  } catch (error) {
    if (error instanceof AttestorError) return refusalAnswer(error);
    logger.error({ err: error }, "an unexpected fault");
    return refusalAnswer(new AttestorError("internal", { reason: "see the log" }));
  }
}

function itemOf({ status, body, retryAfterSeconds }: Answer): Record<string, unknown> {
  return { status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }), body };
}
