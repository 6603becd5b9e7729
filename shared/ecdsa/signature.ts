import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../digest/index.ts";
import { keccak256 } from "../keccak/index.ts";
import { evmAddressOf } from "../packet/index.ts";
import { recent } from "../recent/index.ts";
import { secp256k1 } from "./native.ts";

/** Half the order of secp256k1: the largest s that a canonical ("low-s") signature has (EIP-2). */
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * The EIP-55 address of an uncompressed public key (65 bytes, 0x04 first): last 20 bytes of keccak256(X ‖ Y).
 *
 * @throws RangeError for any other form, whose address would be that of nobody.
 */
export function addressOfPublicKey(publicKey: Uint8Array): string {
  if (publicKey.length !== 65 || publicKey[0] !== 4) throw new RangeError("the public key must be uncompressed");
  return evmAddressOf(keccak256(publicKey.subarray(1)).subarray(12));
}

/** Reads a public key in hex, compressed or not, as 65 uncompressed bytes; undefined if it is no point of the curve. */
export function publicKeyFromHex(text: string): Uint8Array | undefined {
  if (!/^0x(04[0-9a-fA-F]{128}|0[23][0-9a-fA-F]{64})$/.test(text)) return undefined;
  const bytes = hexToBytes(text.slice(2));
  return secp256k1.publicKeyVerify(bytes) ? secp256k1.publicKeyConvert(bytes, false) : undefined;
}

/**
 * Makes the 65-byte signature r ‖ s ‖ v (low s, v 27 or 28) that EVM contracts recover a signer from, out of what an
 * HSM answers, and proves in doing so that it verifies under `publicKey`: nothing else needs to.
 *
 * @param raw 64 bytes r ‖ s, s in either half.
 * @returns undefined if the signature is not by that key over that digest.
 */
export function recoverableSignature(raw: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): Hex | undefined {
  if (raw.length !== 64 || digest.length !== 32 || publicKey.length !== 65) return undefined;
  const signature = new Uint8Array(raw);
  const recoveryId = recoveryIdOf(signature, digest, publicKey);
  if (recoveryId === undefined) return undefined;
  const text: Hex = `0x${hexOf(signature)}${recoveryId === 0 ? "1b" : "1c"}`;
  recovered.learn(`${text}0x${hexOf(digest)}`, addressOfPublicKey(publicKey)); // whoever releases it looks once more
  return text;
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

/**
 * The EIP-55 address that signed `digest`, 32 bytes of hex, or undefined if the text is not a signature: 65 bytes of hex, v 0,
 * 1, 27 or 28, low s (a high-s twin of a signature is refused, so that one attestation has one form).
 */
export function signerOf(signature: string, digest: string): string | undefined {
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature) || !/^0x[0-9a-fA-F]{64}$/.test(digest)) return undefined;
  return recovered(signature + digest) || undefined;
}

/** Recovery is what costs most outside the HSM. @param text a signature and its digest; the answer is "" for none. */
const recovered = recent(512, (text) => recoverSigner(text.slice(0, 132), text.slice(132)) ?? "");

function recoverSigner(signature: string, digest: string): string | undefined {
  const bytes = hexToBytes(signature.slice(2));
  const v = bytes[64] ?? 255;
  const recoveryId = v >= 27 ? v - 27 : v;
  if (recoveryId > 1 || BigInt(`0x${bytesToHex(bytes.subarray(32, 64))}`) > halfOrder) return undefined;
  const publicKey = recover(bytes.subarray(0, 64), recoveryId, hexToBytes(digest.slice(2)));
  return publicKey && addressOfPublicKey(publicKey);
}

function recover(signature: Uint8Array, recoveryId: number, digest: Uint8Array): Uint8Array | undefined {
  try {
    return secp256k1.ecdsaRecover(signature, recoveryId, digest, false);
  } catch {
    return undefined; // libsecp256k1 throws where no key exists for (r, s, id); that is an answer, not a fault
  }
}
