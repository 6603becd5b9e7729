import { z } from "zod";
import { hashText, hasVerulinkForm, signatureText } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { check, printableAscii, unsigned } from "../../shared/schema/index.ts";
import { attestationSigner, canonicalAttestor } from "../../shared/signature/index.ts";
import type { Registry } from "../registry.ts";
import { attestorsAt } from "../seats.ts";
import { type Admitted, denied } from "./admission.ts";
import { canonicalSignature } from "./canonicalSignature.ts";

/**
 * What a Verulink chain-service posts. Its `packetHash` is the signed digest. Its `offChainAnalysis` (address screening
 * passed) is not needed: the digest says which verdict was signed as soon as its packet is known.
 */
const verulinkSignature = z.strictObject({
  sourceChainId: unsigned(128),
  destChainId: unsigned(128),
  sequence: unsigned(64),
  signature: signatureText,
  offChainAnalysis: z.boolean(),
  attestorSigner: printableAscii,
  packetHash: hashText,
});

/**
 * Checks the body of Verulink's `POST {base}/signature`: the signature is by that attestor, over that digest. What the
 * digest stands for shows when its packet is known.
 *
 * @param client name of the client that hands it in.
 * @throws AttestorError `invalid_field`, or `denied` by the rules `attestor`, `verulink-form` and `write-right`.
 */
export function admitSignature(registry: Registry, client: string, body: unknown): Admitted {
  const post = check(verulinkSignature, body, "body");
  const { sourceChainId: source, destChainId: destination, sequence, packetHash: digest } = post;
  const signer = canonicalAttestor(post.attestorSigner);
  if (signer === undefined) {
    throw new AttestorError("invalid_field", { field: "attestorSigner", reason: "is not a valid EVM or Aleo address" });
  }
  const route = registry.routeOfAttestor(source, destination, signer);
  if (!route) {
    throw denied("attestor", "it serves no route between these chains here", {
      attestor: signer,
      source: `${source}`,
      destination: `${destination}`,
    });
  }
  if (!hasVerulinkForm(route.scheme)) {
    throw denied("verulink-form", "Verulink has no form for attestations of this route: use POST /v1/attestations", {
      scheme: route.scheme,
    });
  }
  if (!attestorsAt(route, sequence).includes(signer)) {
    throw denied("attestor", "this sequence belongs to another key of this attestor", {
      attestor: signer,
      sequence: `${sequence}`,
    });
  }
  registry.requireRight(client, signer);
  if (attestationSigner(post.signature, digest) !== signer) {
    throw new AttestorError("invalid_field", {
      field: "signature",
      reason: "is not this attestor's signature over packetHash (65 bytes r, s, v; low s; v 0, 1, 27 or 28; or sign1…)",
    });
  }
  return {
    statement: {
      id: { deployment: route.deployment, source, destination, sequence },
      signer,
      digest,
      signature: canonicalSignature(post.signature),
      claims: undefined,
    },
  };
}
