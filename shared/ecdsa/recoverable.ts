import type { Hex } from "../digest/index.ts";
import { secp256k1 } from "./native.ts";

/**
 * Makes the 65-byte signature r ‖ s ‖ v (low s, v 27 or 28) that EVM contracts recover a signer from, out of what an
 * HSM answers, and proves in doing so that it verifies under `publicKey`: nothing else needs to.
 *
 * @param raw 64 bytes r ‖ s, s in either half.
 * @returns undefined if the signature is not by that key over that digest.
 */
export function recoverableForm(raw: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): Hex | undefined {
  if (raw.length !== 64 || digest.length !== 32 || publicKey.length !== 65) return undefined;
  const signature = new Uint8Array(raw);
  const recoveryId = recoveryIdOf(signature, digest, publicKey);
  return recoveryId === undefined ? undefined : `0x${hexOf(signature)}${recoveryId === 0 ? "1b" : "1c"}`;
}

/**
 * Which of the two points with that x the signature's R is, found by recovering the key, which costs more than verifying: the
 * other one need not be tried where the signature verifies and no third exists. Puts s into the lower half.
 */
function recoveryIdOf(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): 0 | 1 | undefined {
  try {
    secp256k1.signatureNormalize(signature);
    if (isKey(recover(signature, 0, digest), publicKey)) return 0;
    if (mayHaveLargeX(signature)) return isKey(recover(signature, 1, digest), publicKey) ? 1 : undefined;
    return secp256k1.ecdsaVerify(signature, digest, publicKey) ? 1 : undefined;
  } catch {
    return undefined; // r or s out of range: libsecp256k1 refuses to parse it, so it verifies under no key
  }
}

/**
 * Whether R's x could be r plus the order instead of r itself (recovery ids 2 and 3, which contracts do not know). That takes an r
 * below 2^129, the difference of the field's size and the order: nobody has ever seen one.
 */
function mayHaveLargeX(signature: Uint8Array): boolean {
  return signature.subarray(0, 15).every((byte) => byte === 0);
}

function isKey(found: Uint8Array | undefined, publicKey: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, publicKey) === 0;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** The key that signed, by that recovery id; undefined if there is none. */
export function recover(signature: Uint8Array, recoveryId: number, digest: Uint8Array): Uint8Array | undefined {
  try {
    return secp256k1.ecdsaRecover(signature, recoveryId, digest, false);
  } catch {
    return undefined; // libsecp256k1 throws where no key exists for (r, s, id); that is an answer, not a fault
  }
}
