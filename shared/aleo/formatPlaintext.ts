import type { Literal, Plaintext } from "./plaintext.ts";
import { formatAddress } from "./text.ts";

/**
 * A value in the one spelling without blanks, which `parsePlaintext` reads again. For comparing values, for mapping keys in
 * a URL and for evidence; nothing that is hashed is ever built from text.
 */
export function formatPlaintext(value: Plaintext): string {
  if (value.kind === "literal") return literalText(value);
  if (value.kind === "list") return `[${value.elements.map(formatPlaintext).join(",")}]`;
  return `{${value.members.map(([name, member]) => `${name}:${formatPlaintext(member)}`).join(",")}}`;
}

function literalText(literal: Literal): string {
  if (literal.type === "boolean") return String(literal.value);
  return literal.type === "address" ? formatAddress(literal.value) : `${literal.value}${literal.type}`;
}
