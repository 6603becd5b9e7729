import { z } from "zod";
import type { Clock } from "../../shared/clock/index.ts";
import { hashText, hasVerulinkForm, signatureText } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { type Packet, packetSchema } from "../../shared/packet/index.ts";
import type { AttestationRequest } from "../../shared/wire/index.ts";
import type { Attestor } from "../attest.ts";
import { findRoute, type RateRule } from "../gate/index.ts";
import type { PolicyInForce } from "../policy/index.ts";
import { heldAnswer } from "./answerSchemas.ts";
import { answerTo, ok } from "./answers.ts";
import { decisionRefusals } from "./attestations.ts";
import type { Caller } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { chargeOne } from "./rate.ts";

interface VerulinkParts {
  readonly attestor: Attestor;
  readonly rate: RateRule;
  readonly policies: Pick<PolicyInForce, "current">;
  readonly clock: Clock;
}

type ScreenedPacket = Pick<AttestationRequest, "packet"> & { readonly is_white: boolean };

const screenedPacket = z.strictObject({
  packet: packetSchema,
  is_white: z.boolean().meta({ description: "The verdict of the caller's address screening." }),
});

const signedAnswer = z.strictObject({
  hash: hashText.meta({ description: "The digest that was signed." }),
  signature: signatureText,
});

/**
 * The two paths of Verulink's signing service, in its shapes. Its client takes 200 as signed and any other status as a
 * failure to be tried again, and at its start it wants a 4xx for an empty `POST /sign`.
 */
export function verulinkEndpoints(parts: VerulinkParts): readonly Endpoint[] {
  return [postSign(parts), readHealth];
}

function postSign({ attestor, rate, policies, clock }: VerulinkParts): Endpoint {
  return endpoint({
    method: "POST",
    path: "/sign",
    allowed: ["verulink"],
    admit: (caller) => chargeOne(rate, caller),
    summary: "Ask for one attestation as Verulink's signing client does",
    body: screenedPacket,
    anyMediaType: true,
    answers: {
      200: { description: "Signed, or signed before.", schema: signedAnswer },
      202: { description: "Held: ask again after Retry-After.", schema: heldAnswer },
    },
    refusals: [...decisionRefusals, "rate_limited"],
    async handle({ caller, body }) {
      const deployment = deploymentOf(caller, policies);
      refuseFormless(body.packet, deployment, policies);
      const outcome = await attestor.attest(caller.peer, requestOf(body, deployment, clock));
      if (outcome.outcome !== "approved") return answerTo(outcome);
      const { digest, signature } = outcome.attestation;
      return ok({ hash: digest, signature });
    },
  });
}

const readHealth = endpoint({
  method: "GET",
  path: "/health",
  allowed: ["verulink"],
  summary: "Say that the signer answers, as Verulink's signing service does",
  answers: { 200: { description: "OK, whether or not it can sign now." } },
  refusals: [],
  handle: () => ({ ...ok("OK"), mediaType: "text/plain; charset=utf-8" }),
});

/** The policy's checks see to it that all routes of such a client are of one deployment. */
function deploymentOf(caller: Caller, policies: Pick<PolicyInForce, "current">): string {
  const [first] = caller.kind === "client" ? caller.client.routes : [];
  const route = policies.current().policy.routes.find(({ name }) => name === first);
  if (!route) throw new AttestorError("client_refused", { reason: "its routes were removed from the policy" });
  return route.deployment;
}

/**
 * Verulink's answer has no place for what its own program on Aleo could not verify: whoever took the signature for one would
 * wait for a packet that is never consumed. Refused before anything is reserved.
 *
 * @throws AttestorError `denied` by rule `verulink-form`.
 */
function refuseFormless(packet: Packet, deployment: string, policies: Pick<PolicyInForce, "current">): void {
  const route = findRoute(policies.current().policy.routes, deployment, packet);
  if (!route || hasVerulinkForm(route.scheme)) return; // a packet of no route is the gate's to deny
  throw new AttestorError("denied", {
    rule: "verulink-form",
    reason: "Verulink has no form for attestations of this route: use POST /v1/attestations",
    inputs: { route: route.name, scheme: route.scheme },
  });
}

/** What Verulink's format does not say is written down as unsaid: its client asks one provider and names no list. */
function requestOf({ packet, is_white }: ScreenedPacket, deployment: string, clock: Clock): AttestationRequest {
  const screenedAt = new Date(clock.now()).toISOString();
  return {
    deployment,
    packet,
    verdict: { result: is_white ? "white" : "flagged", source: "verulink", version: "unstated", screenedAt },
    sources: "single",
  };
}
