export { parseSshPublicKey, type SshPublicKey } from "./publicKey.ts";
export { isSignatureOf, parseSshSignature, type SshSignature } from "./signature.ts";
