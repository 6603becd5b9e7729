import { bytesToHex } from "@noble/hashes/utils.js";
import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";

/** Length of an uncompressed point, 0x04 ‖ X ‖ Y. */
const pointLength = 65;

/**
 * The public key in a CKA_EC_POINT. PKCS#11 2.40 §2.3.3 wraps the point in a DER octet string (0x04 0x41 …); some
 * modules give the bare point. The length tells them apart.
 *
 * @returns 65 bytes, or undefined if it is no uncompressed point of secp256k1.
 */
export function publicKeyOfPoint(point: Uint8Array): Uint8Array | undefined {
  const wrapped = point.length === pointLength + 2 && point[0] === 0x04 && point[1] === pointLength;
  const bare = wrapped ? point.subarray(2) : point;
  return bare.length === pointLength ? publicKeyFromHex(`0x${bytesToHex(bare)}`) : undefined;
}
