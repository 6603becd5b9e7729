import { digestScheme } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { misspelling, type Packet, packetIdOf, tokenMisspelling } from "../../shared/packet/index.ts";
import { check } from "../../shared/schema/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import { attestationSubmissionSchema } from "../../shared/wire/index.ts";
import type { RegisteredRoute } from "../config.ts";
import type { Registry } from "../registry.ts";
import { attestorsAt } from "../seats.ts";
import { type Admitted, denied } from "./admission.ts";
import { canonicalSignature } from "./canonicalSignature.ts";

/**
 * Checks the body of `POST /v1/attestations`. Nothing in it is believed: the digest is computed from the packet and the
 * verdict by the scheme that the registry names, and the signer is recovered from the signature over that digest.
 *
 * @param client name of the client that hands it in.
 * @throws AttestorError `invalid_field`, or `denied` by the rules `route`, `contracts`, `attestor` and `write-right`.
 */
export function admitAttestation(registry: Registry, client: string, body: unknown): Admitted {
  const { deployment, packet, verdict, sources, signature, assurance, custody } = check(
    attestationSubmissionSchema,
    body,
    "body",
  );
  const id = { deployment, ...packetIdOf(packet) };
  const route = registry.route(id);
  if (!route) {
    throw denied("route", "this deployment has no such route here", {
      deployment,
      source: `${id.source}`,
      destination: `${id.destination}`,
    });
  }
  requireOneSpelling(route, packet);
  requireContracts(route, packet);

  const scheme = digestScheme(route.scheme);
  const white = scheme.digestOf(packet, "white");
  const digests = { white: white.digest, flagged: scheme.digestOf(packet, "flagged").digest };
  const digest = digests[verdict.result];
  const signer = attestationSigner(signature, digest);
  if (signer === undefined) {
    throw new AttestorError("invalid_field", {
      field: "signature",
      reason: "is not a signature that a signer can be recovered from (65 bytes r, s, v; low s; v 0, 1, 27 or 28)",
    });
  }
  if (!attestorsAt(route, id.sequence).includes(signer)) {
    throw denied(
      "attestor",
      "the signature over this packet and verdict is not by an attestor of this route for its sequence",
      {
        recovered: signer,
        digest,
      },
    );
  }
  registry.requireRight(client, signer);
  return {
    statement: {
      id,
      signer,
      digest,
      signature: canonicalSignature(signature),
      claims: { verdict, sources, assurance, custody },
    },
    packet: { packet, packetHash: white.packetHash, digests },
  };
}

/**
 * The hash takes 20-byte fields as bytes and texts without their length. With one spelling an address, and the token
 * services given, a packet hash stands for exactly one packet.
 */
function requireOneSpelling(route: RegisteredRoute, packet: Packet): void {
  const { source, destination } = route;
  const { senderAddress, destTokenAddress, receiverAddress } = packet.message;
  const problems = [
    ["source.address", misspelling(source.family, packet.source.address)],
    ["destination.address", misspelling(destination.family, packet.destination.address)],
    ["message.sender_address", misspelling(source.family, senderAddress)],
    ["message.dest_token_address", tokenMisspelling(destination.family, destTokenAddress)],
    ["message.receiver_address", misspelling(destination.family, receiverAddress)],
  ] as const;
  for (const [field, reason] of problems) {
    if (reason) throw new AttestorError("invalid_field", { field: `packet.${field}`, reason });
  }
}

function requireContracts(route: RegisteredRoute, packet: Packet): void {
  for (const end of ["source", "destination"] as const) {
    const [expected, found] = [route[end].tokenService, packet[end].address];
    if (expected !== found) {
      throw denied("contracts", `packet.${end}.address is not the route's token service`, { expected, found });
    }
  }
}
