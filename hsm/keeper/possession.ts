import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../../shared/digest/index.ts";
import { keccak256 } from "../../shared/keccak/index.ts";

const domain = utf8ToBytes("hsm-attestor/possession/v1:");

/**
 * The digest that a key signs to show that the HSM holds it: keccak256(domain ‖ public key ‖ nonce).
 *
 * It cannot be an attestation's digest, so a possession signature cannot be passed off as an attestation: what
 * `verulink-evm` hashes last is 60 bytes that begin with 0x19 (EIP-191), this is 124 bytes that begin with "h", and two
 * different inputs with one keccak256 are a collision. Every digest scheme that is added must keep to inputs that
 * cannot begin with this domain.
 *
 * @param publicKey 65 bytes, so that the answer shows possession of this key and of no other; of a sealed key its address.
 * @param nonce 32 bytes, chosen at random by whoever asks.
 */
export function possessionDigest(publicKey: Uint8Array, nonce: Uint8Array): Hex {
  return `0x${bytesToHex(keccak256(concatBytes(domain, publicKey, nonce)))}`;
}
