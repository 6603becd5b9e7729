import { createHash, X509Certificate } from "node:crypto";

/**
 * The pin of a certificate: `sha256/` and the base64 of SHA-256 over its SubjectPublicKeyInfo (RFC 7469 §2.4). It names
 * the key, so a certificate can be renewed without touching the pins.
 *
 * @param certificate PEM text or DER bytes.
 */
export function pinOf(certificate: string | Uint8Array): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `sha256/${createHash("sha256").update(spki).digest("base64")}`;
}
