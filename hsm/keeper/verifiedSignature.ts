import { type FieldText, fieldMessage, statementMessage, verifiesMessage } from "../../shared/aleo/index.ts";
import type { Hex, SignatureText } from "../../shared/digest/index.ts";
import { recoverableSignature } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { type AnyKeyPlan, isSealedPlan, type KeyPlan } from "./keyPlan.ts";
import type { KeeperSignature } from "./protocol.ts";

/**
 * What a keeper answers, made into what is released: a low-s signature by the pinned key over a digest that was computed
 * here, with its recovery id; nothing else passes. Of a sealed key that is a Schnorr signature: over a field, which only
 * attestations are, or over a statement's 32 bytes.
 *
 * @throws AttestorError `wrong_signature`.
 */
export function verifiedSignature(plan: KeyPlan, answer: KeeperSignature, digest: Hex | FieldText): Hex;
export function verifiedSignature(plan: AnyKeyPlan, answer: KeeperSignature, digest: Hex | FieldText): SignatureText;
export function verifiedSignature(plan: AnyKeyPlan, answer: KeeperSignature, digest: Hex | FieldText): SignatureText {
  const signature = isSealedPlan(plan)
    ? verifiedBySealedKey(plan.spec.publicKey, answer, digest)
    : isHex(answer) && isHex(digest) && recoverableSignature(bytesOf(answer), bytesOf(digest), plan.publicKey);
  if (signature) return signature;
  throw new AttestorError("wrong_signature", { key: plan.name });
}

function verifiedBySealedKey(signer: string, answer: KeeperSignature, digest: Hex | FieldText) {
  const message = isHex(digest) ? statementMessage(digest) : fieldMessage(digest);
  return verifiesMessage(answer, signer, message) && answer;
}

function isHex(text: string): text is Hex {
  return text.startsWith("0x");
}

function bytesOf(hex: Hex): Buffer {
  return Buffer.from(hex.slice(2), "hex");
}
