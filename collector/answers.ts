import { packetToWire } from "../shared/packet/index.ts";
import { readyCall } from "./call/index.ts";
import type { RegisteredRoute } from "./config.ts";
import type { Tally, Vote } from "./tally.ts";

/** A packet as lists show it. Plain data for `stringifyJson`. */
export function packetSummary(route: RegisteredRoute, tally: Tally): Record<string, unknown> {
  return {
    deployment: route.deployment,
    packet: packetToWire(tally.packet.packet),
    status: tally.status,
    verdict: tally.verdict ?? null,
    quorum: { required: route.quorum, ...tally.counts },
  };
}

/** A packet with its attestations in on-chain order and, once it has quorum, the ready call. */
export function packetAnswer(route: RegisteredRoute, tally: Tally): Record<string, unknown> {
  return {
    ...packetSummary(route, tally),
    attestations: tally.votes.map((vote) => attestationAnswer(route, vote)),
    call: readyCall(route, tally),
  };
}

/**
 * The shape of an attestation. What its attestor did not say, because only digest and signature were handed in, is
 * null; its assurance is then the weakest.
 */
function attestationAnswer(route: RegisteredRoute, { statement, packet, result }: Vote): Record<string, unknown> {
  const { claims } = statement;
  return {
    deployment: route.deployment,
    packet: packetToWire(packet.packet),
    verdict: claims?.verdict ?? { result, source: null, version: null, screenedAt: null },
    sources: claims?.sources ?? null,
    scheme: route.scheme,
    packetHash: packet.packetHash,
    digest: statement.digest,
    signature: statement.signature,
    signer: statement.signer,
    assurance: claims?.assurance ?? "claimed",
    custody: claims?.custody ?? null,
  };
}
