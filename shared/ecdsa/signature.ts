import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../digest/index.ts";
import { keccak256 } from "../keccak/index.ts";
import { evmAddressOf } from "../packet/index.ts";
import { recent } from "../recent/index.ts";
import { secp256k1 } from "./native.ts";
import { recover, recoverableForm } from "./recoverable.ts";

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
 * What {@link recoverableForm} makes. Whoever releases it looks at it once more, and finds its signer known: it was proved under
 * that key.
 */
export function recoverableSignature(raw: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): Hex | undefined {
  const signature = recoverableForm(raw, digest, publicKey);
  if (signature) rememberSigner(signature, `0x${bytesToHex(digest)}`, publicKey);
  return signature;
}

/** @param signature was proved under that key over that digest: nobody looks again. */
export function rememberSigner(signature: Hex, digest: Hex, publicKey: Uint8Array): void {
  recovered.learn(signature + digest, addressOfPublicKey(publicKey));
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
