import { digestScheme } from "../shared/digest/index.ts";
import { AttestorError } from "../shared/errors/index.ts";
import type { PinnedPeer } from "../shared/tls/index.ts";
import type { AttestationRequest } from "../shared/wire/index.ts";
import type { AttestorParts } from "./attest.ts";
import { type Case, failed } from "./case.ts";
import type { Denied, Failed } from "./gate/index.ts";
import type { Reservation } from "./ledger/index.ts";
import { type ActivePolicy, type Client, clientIn, keyOfSequence, type Route } from "./policy/index.ts";

type Parts = Pick<AttestorParts, "gate" | "keys" | "obstacle">;

/** Why there is no case: what the gate refused is a decision; what keeps the signer from deciding is none. */
export type NoCase = { readonly refused: Denied | Failed } | { readonly hindered: Failed };

/**
 * Everything about a request that comes before the transaction that decides: who asks, the rules without memory, what
 * would be signed by which key.
 *
 * @throws AttestorError `invalid_field` for a packet that the route's scheme cannot hash, `client_refused` if the policy
 * does not know the client any more.
 */
export async function prepareCase(
  { gate, keys, obstacle }: Parts,
  active: ActivePolicy,
  peer: PinnedPeer,
  request: AttestationRequest,
): Promise<Case | NoCase> {
  const client = clientIn(active.policy, peer);
  if (!client) throw new AttestorError("client_refused", { reason: "it was removed from the policy" });
  const decision = await gate.decide(active, client, request);
  if (decision.outcome !== "passed") return { refused: decision };
  const { route } = decision;
  const keyName = keyOfSequence(route, request.packet.sequence);
  const inputs = { key: keyName, route: route.name };
  const key = keys.get(keyName);
  if (!key) return { hindered: failed("keeper", inputs, "the route's key is not loaded") };
  const why = obstacle();
  if (why !== undefined) return { hindered: failed("ledger", inputs, why) };
  const reservation = reservationFor(client, request, route);
  const { pin } = peer;
  return { submission: { client, request, route }, pin, admitted: decision, reservation, key, inputs };
}

function reservationFor(client: Client, request: AttestationRequest, route: Route): Reservation {
  const { deployment, packet, verdict, sources } = request;
  const { scheme } = route;
  const digest = digestScheme(scheme).digestOf(packet, verdict.result);
  return { deployment, packet, verdict, sources, ...digest, scheme, assurance: "claimed", client: client.name };
}
