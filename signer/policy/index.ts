export { type DenyList, openDenyList } from "./denyList.ts";
export {
  type Client,
  type Limits,
  type Operation,
  type Operator,
  operations,
  type Policy,
  policyConfig,
  type Route,
  type TokenLimit,
  type TokenPair,
} from "./policy.ts";
export { type PolicyText, readPolicy, readPolicyFile } from "./readPolicy.ts";
