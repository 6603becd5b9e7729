import type { FastifyReply } from "fastify";
import { problemMediaType, toProblem } from "../../shared/errors/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import type { Denied, Failed, Outcome } from "../gate/index.ts";

/** After a failure that says nothing of its length. */
const retryAfterSeconds = 1;

/** Sends an outcome: 200 approved, 202 held, 403 denied and 503 failed as problem documents. */
export function answer(reply: FastifyReply, outcome: Outcome): FastifyReply {
  const { rule, inputs } = outcome;
  switch (outcome.outcome) {
    case "approved":
      return reply.send({ outcome: "approved", attestation: attestationToWire(outcome.attestation) });
    case "held":
      return reply
        .status(202)
        .header("retry-after", outcome.retryAfterSeconds)
        .send({ outcome: "held", reason: outcome.reason, rule, inputs });
    case "denied":
      return problem(reply, outcome, outcome.attestation && attestationToWire(outcome.attestation));
    case "failed":
      return problem(reply.header("retry-after", retryAfterSeconds), outcome);
  }
}

function problem(reply: FastifyReply, outcome: Denied | Failed, attestation?: object): FastifyReply {
  const { rule, inputs, error } = outcome;
  return reply
    .status(error.status)
    .type(problemMediaType)
    .send({ ...toProblem(error), outcome: outcome.outcome, rule, inputs, attestation });
}
