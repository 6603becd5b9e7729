export { attestationProblem } from "./attestationProblem.ts";
export { createSignerClient, type SignerAnswer, type SignerClient, type SignerKey } from "./signerClient.ts";
