import type { SignatureText } from "../../shared/digest/index.ts";

/**
 * One signature, one spelling: v 27 or 28. Signers differ in whether they write v as 0/1 or 27/28, and contracts take
 * both.
 *
 * @param signature 65 bytes r ‖ s ‖ v in lower-case hex, from which a signer was recovered; an Aleo signature has one spelling.
 */
export function canonicalSignature(signature: SignatureText): SignatureText {
  if (!signature.startsWith("0x")) return signature;
  const v = Number.parseInt(signature.slice(-2), 16);
  return `0x${signature.slice(2, -2)}${(v < 27 ? v + 27 : v).toString(16)}`;
}
