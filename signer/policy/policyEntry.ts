import type { AuditEntry } from "../audit/entry.ts";
import type { Changes } from "./changes.ts";
import type { PolicyText } from "./readPolicy.ts";

/** The record of a policy that comes into force after the first one, with who signed for it. */
export function policyEntry({ policy, hash }: PolicyText, operators: readonly string[], changes: Changes): AuditEntry {
  const { widened, narrowed } = changes;
  return { kind: "policy", body: { version: `${policy.version}`, hash, operators, widened, narrowed } };
}
