export { addressOfPublicKey, publicKeyFromHex, recoverableSignature, signerOf } from "./signature.ts";
export { Verifier } from "./verifier.ts";
