import { digestScheme, type SchemeName, type VerdictResult } from "../../shared/digest/index.ts";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { type Packet, packetToWire } from "../../shared/packet/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";

/**
 * Why an attestation is not the one that was asked for, or undefined if it is. Nothing in it is believed: the digest is
 * computed from our own packet, and the signature must be by the attestor that the configuration pins.
 */
export function attestationProblem(
  attestation: Attestation,
  asked: {
    readonly route: { readonly deployment: string; readonly scheme: SchemeName; readonly attestor: string };
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
  if (attestation.signer !== route.attestor) return "it names another attestor than the route's";
  if (signerOf(attestation.signature, digest) !== route.attestor) return "its signature is not by the route's attestor";
  return undefined;
}

function wireText(packet: Packet): string {
  return stringifyJson(packetToWire(packet));
}
