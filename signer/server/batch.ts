import { z } from "zod";
import { AttestorError, type ErrorCode } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { check, integer } from "../../shared/schema/index.ts";
import type { PinnedPeer } from "../../shared/tls/index.ts";
import type { Attestor } from "../attest.ts";
import { approvedAnswer, heldAnswer, problemAnswer, rehearsalAnswer } from "./answerSchemas.ts";
import { type Answer, ok, refusalAnswer } from "./answers.ts";
import { answerRequest, decisionRefusals, requestSchema } from "./attestations.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

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

/** `POST /v1/attestations/batch`: many requests, each answered as if it had come alone. */
export function postBatch(attestor: Attestor, logger: Logger): Endpoint {
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
      const answers = await Promise.all(body.requests.map((item) => answerItem(attestor, caller.peer, item, logger)));
      return ok({ answers: answers.map(itemOf) });
    },
  });
}

async function answerItem(attestor: Attestor, peer: PinnedPeer, item: unknown, logger: Logger): Promise<Answer> {
  try {
    return await answerRequest(attestor, peer, check(requestSchema, item, "request"));
  } catch (error) {
    if (error instanceof AttestorError) return refusalAnswer(error);
    logger.error({ err: error }, "an unexpected fault");
    return refusalAnswer(new AttestorError("internal", { reason: "see the log" }));
  }
}

function itemOf({ status, body, retryAfterSeconds }: Answer): Record<string, unknown> {
  return { status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }), body };
}
