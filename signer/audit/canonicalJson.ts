import type { AuditValue } from "./entry.ts";

/** Text that JSON writes as it is, between quotes. */
const plain = /^[ !#-[\]-~]*$/;

/** JSON with one spelling: keys sorted by UTF-16 code units, no blanks (RFC 8785; there are no numbers to disagree on). */
export function canonicalJson(value: AuditValue): string {
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let members = "";
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) throw new TypeError(`${key} has no value that JSON can write`);
    members += `${members && ","}${quoted(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** The engine's own quoting takes several times as long. */
function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

function isList(value: AuditValue): value is readonly AuditValue[] {
  return Array.isArray(value);
}
