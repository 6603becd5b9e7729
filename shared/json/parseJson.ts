import { AttestorError } from "../errors/index.ts";
import { refuseUnsoundKeys } from "./keys.ts";

/**
 * A JSON number kept as the text that was written (RFC 8259 §6), because chain ids and amounts go beyond 2^53 and a
 * `number` would round them silently.
 */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }
}

/**
 * Parses JSON text without losing digits: every number becomes a {@link JsonNumber}.
 *
 * @throws AttestorError `malformed_json` for anything that is not JSON, for an object with the same key twice, and for
 * the key `__proto__`.
 */
export function parseJson(text: string): unknown {
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
