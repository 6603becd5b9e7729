import { bytesToHex } from "@noble/hashes/utils.js";
import { publicKeyFromHex } from "../shared/ecdsa/index.ts";

/**
 * What stands before the point in the SubjectPublicKeyInfo of a secp256k1 key (RFC 5480 §2, SEC 2 §2.4.1): the
 * algorithm id-ecPublicKey, the curve by name, and a bit string of 65 bytes that begins with an uncompressed point's 04.
 * DER leaves no choice, so any other bytes are another kind of key.
 */
const prefix = "3056301006072a8648ce3d020106052b8104000a034200";

/** The public key in a SubjectPublicKeyInfo, 65 bytes; undefined if it is no uncompressed point of secp256k1. */
export function publicKeyOfSpki(spki: Uint8Array): Uint8Array | undefined {
  const hex = bytesToHex(spki);
  return hex.startsWith(prefix) ? uncompressed(hex.slice(prefix.length)) : undefined;
}

function uncompressed(point: string): Uint8Array | undefined {
  return point.length === 130 ? publicKeyFromHex(`0x${point}`) : undefined;
}
