import { z } from "zod";
import { AttestorError, type ErrorCode } from "../../shared/errors/index.ts";
import { name, unsigned } from "../../shared/schema/index.ts";
import type { PinnedPeer } from "../../shared/tls/index.ts";
import { type Attestation, attestationRequestSchema, attestationToWire } from "../../shared/wire/index.ts";
import type { Attestor } from "../attest.ts";
import { findRoute, type RateRule } from "../gate/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Client, PolicyInForce } from "../policy/index.ts";
import { approvedAnswer, attestationAnswer, heldAnswer, rehearsalAnswer } from "./answerSchemas.ts";
import { type Answer, answerTo, ok, rehearsalAnswerTo } from "./answers.ts";
import type { Caller } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { chargeOne } from "./rate.ts";

/** What a request for an attestation can be refused with: by the ledger, by a rule, or by whatever keeps a key from signing. */
export const decisionRefusals: readonly ErrorCode[] = [
  "verdict_already_given",
  "equivocation",
  "closed_by_import",
  "failed",
  "keeper_unavailable",
  "wrong_signature",
  "hsm_error",
  "key_missing",
  "key_mismatch",
  "key_attribute",
  "token_missing",
  "module_unusable",
  "pin_rejected",
  "pin_latched",
  "pin_unreadable",
];

/** One request for an attestation. */
export const requestSchema = attestationRequestSchema.extend({
  dryRun: z.boolean().optional().meta({
    description: "True: nothing is signed, reserved or recorded; the answer says what would happen.",
  }),
});

/** Decides on one request, or says what would be decided. */
export async function answerRequest(
  attestor: Attestor,
  peer: PinnedPeer,
  { dryRun = false, ...request }: z.output<typeof requestSchema>,
): Promise<Answer> {
  if (dryRun) return rehearsalAnswerTo(await attestor.rehearse(peer, request));
  return answerTo(await attestor.attest(peer, request));
}

/** `POST /v1/attestations`: asks for one attestation. */
export function postAttestation(attestor: Attestor, rate: RateRule): Endpoint {
  return endpoint({
    method: "POST",
    path: "/v1/attestations",
    allowed: ["attest"],
    admit: (caller) => chargeOne(rate, caller),
    summary: "Ask for one attestation",
    body: requestSchema,
    answers: {
      200: {
        description:
          "Approved: the attestation, the same one for the same content. For a dry run: what the request would come to.",
        schema: z.union([approvedAnswer, rehearsalAnswer]),
      },
      202: { description: "Held: ask again after Retry-After.", schema: heldAnswer },
    },
    refusals: [...decisionRefusals, "rate_limited"],
    handle: ({ caller, body }) => answerRequest(attestor, caller.peer, body),
  });
}

/**
 * `GET /v1/attestations/{source}/{destination}/{sequence}[?deployment=]`: the attestation that was released for a packet.
 * A client sees those of its own routes; to it there are no others.
 */
export function readAttestation(ledger: Ledger, policies: Pick<PolicyInForce, "current">): Endpoint {
  return endpoint({
    method: "GET",
    path: "/v1/attestations/{source}/{destination}/{sequence}",
    allowed: ["read"],
    summary: "Read the attestation that was released for a packet",
    params: z.strictObject({ source: unsigned(128), destination: unsigned(128), sequence: unsigned(64) }),
    query: z.strictObject({ deployment: name.optional() }),
    answers: { 200: { description: "The attestation.", schema: attestationAnswer } },
    refusals: ["not_found", "ambiguous_deployment"],
    handle({ caller, params, query: { deployment } }) {
      const isVisible = visibility(caller, policies);
      const found = ledger
        .find(params)
        .filter(
          (attestation) => isVisible(attestation) && (deployment ?? attestation.deployment) === attestation.deployment,
        );
      const [first, ...others] = found;
      if (!first) throw new AttestorError("not_found", { what: "attestation of such a packet" });
      if (others.length > 0) {
        throw new AttestorError("ambiguous_deployment", { deployments: found.map((each) => each.deployment) });
      }
      return ok({ attestation: attestationToWire(first) });
    },
  });
}

function visibility(caller: Caller, policies: Pick<PolicyInForce, "current">): (attestation: Attestation) => boolean {
  const visible: Client["routes"] = caller.kind === "client" ? caller.client.routes : [];
  const { routes } = policies.current().policy;
  return ({ deployment, packet }) => visible.includes(findRoute(routes, deployment, packet)?.name ?? "");
}
