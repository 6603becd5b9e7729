import { createRequire } from "node:module";

/** The part of libsecp256k1 that is used here. Signatures are 64 bytes r ‖ s, digests 32 bytes, keys uncompressed. */
export interface Secp256k1 {
  /** Puts s into the lower half of the order, in place. */
  signatureNormalize(signature: Uint8Array): Uint8Array;
  /** @throws if no key can be recovered. */
  ecdsaRecover(signature: Uint8Array, recoveryId: number, digest: Uint8Array, compressed: false): Uint8Array;
  /** False for high s. @throws if signature or key cannot be parsed. */
  ecdsaVerify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
  publicKeyVerify(publicKey: Uint8Array): boolean;
  publicKeyConvert(publicKey: Uint8Array, compressed: false): Uint8Array;
}

/**
 * libsecp256k1 through the package's native binding. The package's main entry falls back silently to a JavaScript
 * implementation 30 times slower; this path throws instead when the binding does not load.
 */
export const secp256k1 = createRequire(import.meta.url)("secp256k1/bindings") as Secp256k1;
