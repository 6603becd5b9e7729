import type { Hex } from "../../shared/digest/index.ts";
import { addressOfPublicKey, signerOf } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { KeyPlan } from "./keySpec.ts";

/**
 * The daemon's own look at what a keeper answers: nothing is released that is not a low-s signature by the pinned key
 * over a digest that was computed here.
 *
 * @throws AttestorError `wrong_signature`.
 */
export function refuseWrongSignature({ name, publicKey }: KeyPlan, signature: Hex, digest: Hex): void {
  if (signerOf(signature, digest) !== addressOfPublicKey(publicKey)) {
    throw new AttestorError("wrong_signature", { key: name });
  }
}
