import type { Literal, Plaintext } from "../../../shared/aleo/plaintext.ts";
import { formatAddress } from "../../../shared/aleo/text.ts";

/** A value as the Aleo VM writes it, without blanks: what snarkVM is asked with. The product never builds such text. */
export function plaintextText(value: Plaintext): string {
  if (value.kind === "literal") return literalText(value);
  if (value.kind === "list") return `[${value.elements.map(plaintextText).join(",")}]`;
  return `{${value.members.map(([name, member]) => `${name}:${plaintextText(member)}`).join(",")}}`;
}

function literalText(literal: Literal): string {
  if (literal.type === "boolean") return String(literal.value);
  return literal.type === "address" ? formatAddress(literal.value) : `${literal.value}${literal.type}`;
}
