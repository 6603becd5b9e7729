import { type FieldText, fieldMessage, statementMessage, verifiesMessage } from "../../shared/aleo/index.ts";
import type { Hex, SignatureText } from "../../shared/digest/index.ts";
import { addressOfPublicKey, signerOf } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { type AnyKeyPlan, isSealedPlan } from "./keyPlan.ts";

/**
 * The daemon's own look at what a keeper answers: nothing is released that is not a low-s signature by the pinned key
 * over a digest that was computed here. Of a sealed key that is a Schnorr signature: over a field, which only attestations
 * are, or over a statement's 32 bytes.
 *
 * @throws AttestorError `wrong_signature`.
 */
export function refuseWrongSignature(plan: AnyKeyPlan, signature: SignatureText, digest: Hex | FieldText): void {
  const isRight = isSealedPlan(plan)
    ? verifiesMessage(signature, plan.spec.publicKey, isHex(digest) ? statementMessage(digest) : fieldMessage(digest))
    : isHex(signature) && isHex(digest) && signerOf(signature, digest) === addressOfPublicKey(plan.publicKey);
  if (!isRight) throw new AttestorError("wrong_signature", { key: plan.name });
}

function isHex(text: string): text is Hex {
  return text.startsWith("0x");
}
