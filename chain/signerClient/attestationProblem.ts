import { digestScheme, type VerdictResult } from "../../shared/digest/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { type Packet, packetToWire } from "../../shared/packet/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import { attestorOf, type Route } from "../route.ts";

/**
 * Why an attestation is not the one that was asked for, or undefined if it is. Nothing in it is believed: the digest is
 * computed from our own packet, and the signature must be by the attestor to whom the configuration gives the
 * packet's sequence.
 */
export function attestationProblem(
  attestation: Attestation,
  asked: {
    readonly route: Pick<Route, "deployment" | "scheme" | "attestor" | "successors">;
    readonly packet: Packet;
    readonly verdict: VerdictResult;
  },
): string | undefined {
  const { route, packet, verdict } = asked;
  if (attestation.deployment !== route.deployment) return "it is for another deployment";
  if (attestation.scheme !== route.scheme) return "it has another digest scheme";
  if (wireText(attestation.packet) !== wireText(packet)) return "it is for another packet";
  if (attestation.verdict.result !== verdict) return "it has another verdict";
  const { packetHash, digest } = digestScheme(route.scheme).digestOf(packet, verdict);
  if (attestation.packetHash !== packetHash) return "its packet hash is not that of the packet";
  if (attestation.digest !== digest) return "its digest is not that of packet and verdict";
  const attestor = attestorOf(route, packet.sequence);
  if (attestation.signer !== attestor) return "it names another attestor than the route's";
  if (attestationSigner(attestation.signature, digest) !== attestor)
    return "its signature is not by the route's attestor";
  return undefined;
}

function wireText(packet: Packet): string {
  return stringifyJson(packetToWire(packet));
}
