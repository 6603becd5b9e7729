export { attestationProblem } from "./attestationProblem.ts";
export {
  createSignerClient,
  type NewestWanted,
  type RuleRefusal,
  type ShownNewest,
  type SignerAnswer,
  type SignerClient,
  type SignerKey,
} from "./signerClient.ts";
