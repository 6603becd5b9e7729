import type { AuditValue } from "./entry.ts";

/**
 * JSON with one spelling: keys sorted by UTF-16 code units, no blanks (RFC 8785; there are no numbers to disagree on).
 *
 * The engine writes a value whose keys are in order already several times as fast as anything here could, and in that
 * spelling; whoever records often builds its entries so.
 *
 * @throws TypeError for a member without a value.
 */
export function canonicalJson(value: AuditValue): string {
  return isOrdered(value) ? JSON.stringify(value) : written(value);
}

/** Whether every key, as the engine enumerates them, comes after the one before it, and has a value. */
function isOrdered(value: AuditValue): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined;
  if (isList(value)) return value.every(isOrdered);
  let before: string | undefined;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if ((before !== undefined && key <= before) || member === undefined || !isOrdered(member)) return false;
    before = key;
  }
  return true;
}

function written(value: AuditValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(written).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      const member = value[key];
      if (member === undefined) throw new TypeError(`${key} has no value that JSON can write`);
      return `${JSON.stringify(key)}:${written(member)}`;
    });
  return `{${members.join(",")}}`;
}

function isList(value: AuditValue): value is readonly AuditValue[] {
  return Array.isArray(value);
}
