import { JsonNumber } from "./parseJson.ts";

declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}

/** Writes JSON; a bigint becomes a decimal string (our own formats), a {@link JsonNumber} its exact digits (Verulink's). */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, item: unknown) => plain(item), indent);
}

function plain(item: unknown): unknown {
  if (typeof item === "bigint") return item.toString();
  if (item instanceof JsonNumber) return JSON.rawJSON(item.source);
  return item;
}
