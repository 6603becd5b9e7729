export { attestationProblem } from "./attestationProblem.ts";
export {
  createSignerClient,
  type RuleRefusal,
  type SignerAnswer,
  type SignerClient,
  type SignerKey,
} from "./signerClient.ts";
