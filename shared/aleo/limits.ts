import { numberTypes } from "./plaintext.ts";

/** How many structs and arrays may lie around a literal. */
export const maxDepth = 32;
export const maxMembers = 32;
/** Elements of an array since consensus version 14; before it was 512, and 32 before version 11. */
export const maxElements = 2048;

const reserved = new Set<string>([...numberTypes, "boolean", "signature", "string", "identifier"]);

/** Whether a member of a struct can have that name: it fits into a field element and is no literal type's. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,30}$/.test(name) && !reserved.has(name);
}
