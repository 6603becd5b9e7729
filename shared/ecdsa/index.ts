export { addressOfPublicKey, publicKeyFromHex, recoverableSignature, signerOf } from "./signature.ts";
