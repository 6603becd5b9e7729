import type { AuditValue } from "./entry.ts";

/** JSON with one spelling: keys sorted by UTF-16 code units, no blanks (RFC 8785; there are no numbers to disagree on). */
export function canonicalJson(value: AuditValue): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}
