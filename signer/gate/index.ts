export { clientRights } from "./clientRights.ts";
export { denyListRule } from "./denyListRule.ts";
export { createGate, type Gate, type GateDecision } from "./gate.ts";
export type { Approved, Denied, Failed, Held, Inputs, Outcome, RuleId } from "./outcome.ts";
export { findRoute, routeRule } from "./routeRule.ts";
export type { Submission } from "./rule.ts";
