import { AttestorError } from "../errors/index.ts";

/** A string, with the colon that makes it a key, or the start or end of an object or array. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;

/**
 * Refuses objects that two parsers could read differently. Where a key stands twice, RFC 8259 §4 leaves open which value
 * counts: a proxy, an auditor or another language may have seen another packet than the one that is signed. The key
 * `__proto__` no format of ours has, and it poisons objects that are copied carelessly.
 *
 * @param json text that `JSON.parse` has accepted; only then do its tokens mean what this scan takes them for.
 * @throws AttestorError `malformed_json`.
 */
export function refuseUnsoundKeys(json: string): void {
  const open: Set<string>[] = [];
  for (const [text, colon] of json.matchAll(token)) {
    if (text === "{" || text === "[") open.push(new Set());
    else if (text === "}" || text === "]") open.pop();
    else if (colon !== undefined) {
      const key: unknown = JSON.parse(text.slice(0, -colon.length));
      const keys = open.at(-1);
      if (key === "__proto__") throw malformed("the key __proto__ is not allowed");
      if (typeof key !== "string" || keys === undefined) throw malformed("a key stands outside an object");
      if (keys.has(key)) throw malformed("duplicate key: an object has the same key twice");
      keys.add(key);
    }
  }
}

function malformed(reason: string): AttestorError {
  return new AttestorError("malformed_json", { reason });
}
