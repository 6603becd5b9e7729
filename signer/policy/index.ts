export { type Approval, approvalSchema, approve, type Wanted } from "./approval.ts";
export type { Changes } from "./changes.ts";
export { compare } from "./compare.ts";
export { decideBy } from "./decideBy.ts";
export { type DenyList, openDenyList } from "./denyList.ts";
export { approvalFileOf, openPolicy } from "./openPolicy.ts";
export { clientIn, namesByPin, operatorIn } from "./parties.ts";
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
export {
  type ActivePolicy,
  type Applied,
  operatorsNeeded,
  type PolicyInForce,
  policyObject,
} from "./policyInForce.ts";
export { type PolicyText, readPolicy, readPolicyFile } from "./readPolicy.ts";
export { keyOfSequence } from "./routeKey.ts";
export { formatStatement, longestValidity, type Statement, type StatementAction } from "./statement.ts";
