export { attestationSigner } from "./attestationSigner.ts";
export { addressOfKey, attestorFamily, attestorMisspelling, canonicalAttestor } from "./attestorAddress.ts";
