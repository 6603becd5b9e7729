export { attestationProblem } from "./attestationProblem.ts";
export { Withdrawn } from "./batches.ts";
export {
  createSignerClient,
  type NewestWanted,
  type RuleRefusal,
  type ShownNewest,
  type SignerAnswer,
  type SignerClient,
  type SignerKey,
} from "./signerClient.ts";
