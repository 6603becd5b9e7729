import { formatPlaintext, type Plaintext } from "../../../shared/aleo/index.ts";

/** A value as nodes print it: two blanks for each level, one member or element a line. */
export function prettyValue(value: Plaintext, level = 0): string {
  if (value.kind === "literal") return formatPlaintext(value);
  const inner = "  ".repeat(level + 1);
  const lines =
    value.kind === "struct"
      ? value.members.map(([name, member]) => `${inner}${name}: ${prettyValue(member, level + 1)}`)
      : value.elements.map((element) => `${inner}${prettyValue(element, level + 1)}`);
  const [open, close] = value.kind === "struct" ? ["{", "}"] : ["[", "]"];
  return `${open}\n${lines.join(",\n")}\n${"  ".repeat(level)}${close}`;
}
