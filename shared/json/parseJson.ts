import { AttestorError } from "../errors/index.ts";
import { JsonNumber } from "./jsonNumber.ts";
import { refuseUnsoundKeys } from "./keys.ts";
import { parsePlain } from "./parsePlain.ts";

/**
 * Parses JSON text without losing digits: every number becomes a `JsonNumber`.
 *
 * @throws AttestorError `malformed_json` for anything that is not JSON, for an object with the same key twice, and for
 * the key `__proto__`.
 */
export function parseJson(text: string): unknown {
  const plain = parsePlain(text);
  if (plain !== undefined) return plain;
  const value = parseLossless(text);
  refuseUnsoundKeys(text);
  return value;
}

function parseLossless(text: string): unknown {
  try {
    return JSON.parse(text, (_key, parsed: unknown, context?: { source: string }) =>
      typeof parsed === "number" && context ? new JsonNumber(context.source) : parsed,
    );
  } catch (error) {
    throw new AttestorError("malformed_json", { reason: syntaxReason(error) });
  }
}

/** V8 quotes the input in some of its messages; only the place is passed on, so that nothing of a body reaches a log. */
function syntaxReason(error: unknown): string {
  if (error instanceof RangeError) return "it is nested too deeply";
  const message = error instanceof Error ? error.message : "";
  const place = / at (position \d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  if (place) return `unexpected text at ${place}`;
  return message.startsWith("Unexpected end") ? "it is empty or ends too early" : "unexpected text";
}
