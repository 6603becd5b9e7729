export { attestationSigner } from "./attestationSigner.ts";
export { attestorFamily, attestorMisspelling, canonicalAttestor } from "./attestorAddress.ts";
