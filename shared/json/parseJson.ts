import { AttestorError } from "../errors/index.ts";

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
 * @throws AttestorError `malformed_json` for anything that is not JSON, and for the key `__proto__`, which no format
 * of ours has and which poisons objects that are copied carelessly.
 */
export function parseJson(text: string): unknown {
  let hostileKey = false;
  let value: unknown;
  try {
    value = JSON.parse(
      text,
      function revive(this: unknown, key: string, parsed: unknown, context?: { source: string }) {
        if (key === "__proto__") hostileKey = true;
        return typeof parsed === "number" && context ? new JsonNumber(context.source) : parsed;
      },
    );
  } catch (error) {
    throw new AttestorError("malformed_json", { reason: syntaxReason(error) });
  }
  if (hostileKey) throw new AttestorError("malformed_json", { reason: "the key __proto__ is not allowed" });
  return value;
}

/** V8 quotes the input in its message; only the place is passed on, so that nothing of a body reaches a log. */
function syntaxReason(error: unknown): string {
  const place = error instanceof Error ? /position \d+/.exec(error.message)?.[0] : undefined;
  return place ? `unexpected text at ${place}` : "it ends too early or is empty";
}
