import { formatPlaintext, type Plaintext } from "../../../shared/aleo/index.ts";

/** JSON of a value, nothing left out or changed: structs as objects, lists of bytes in hex, literals as Aleo writes them. */
export function dispatchedText(value: Plaintext): string {
  return JSON.stringify(jsonOf(value));
}

function jsonOf(value: Plaintext): unknown {
  if (value.kind === "literal") return formatPlaintext(value);
  if (value.kind === "struct") return Object.fromEntries(value.members.map(([name, member]) => [name, jsonOf(member)]));
  return hexOf(value.elements) ?? value.elements.map(jsonOf);
}

function hexOf(elements: readonly Plaintext[]): string | undefined {
  const bytes = elements.map((element) =>
    element.kind === "literal" && element.type === "u8" ? Number(element.value) : undefined,
  );
  return bytes.every((byte) => byte !== undefined) ? `0x${Buffer.from(bytes).toString("hex")}` : undefined;
}
