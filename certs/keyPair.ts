import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { AttestorError, faultName } from "../shared/errors/index.ts";

/** ECDSA on P-256: what every TLS 1.3 implementation must support (RFC 8446 §9.1). */
export const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
/** OpenSSL's name of the same curve. */
export const keyCurve = "prime256v1";
export const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" } as const;

/** A key pair in the form that certificates are signed with. */
export function webKeyPair(privateKey: KeyObject): webcrypto.CryptoKeyPair {
  return {
    privateKey: privateKey.toCryptoKey(keyAlgorithm, false, ["sign"]),
    publicKey: createPublicKey(privateKey).toCryptoKey(keyAlgorithm, true, ["verify"]),
  };
}

/**
 * Reads an EC P-256 key file.
 *
 * @throws AttestorError `usage` if the file is missing or holds no such key.
 */
export function readKeyFile(file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file));
  } catch (error) {
    throw new AttestorError("usage", { reason: `${file} cannot be read as a private key (${faultName(error)})` });
  }
  if (key.asymmetricKeyDetails?.namedCurve === keyCurve) return key;
  throw new AttestorError("usage", { reason: `${file} does not hold an EC P-256 key` });
}
