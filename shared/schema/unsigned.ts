import { z } from "zod";
import { JsonNumber } from "../json/index.ts";

/** Longest decimal text of a u128, 39 digits: longer input is refused before any arithmetic. */
const longestInteger = 39;

/**
 * An unsigned integer of `bits` bits as a bigint. Accepts a JSON number, a YAML integer or a decimal string; refuses a
 * sign, a fraction, an exponent, hex, blanks and leading zeros (one number has one spelling).
 */
export function unsigned(bits: 8 | 64 | 128) {
  const limit = 1n << BigInt(bits);
  const exact = z.unknown().transform((value, context) => {
    const problem = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (value === undefined) return problem("is missing");
    const text = integerText(value);
    if (text === undefined) return problem("must be an integer, as a number or a decimal string");
    if (!/^(0|[1-9][0-9]*)$/.test(text)) {
      return problem("must be a plain decimal integer without sign, fraction, exponent, hex or leading zeros");
    }
    const integer = text.length > longestInteger ? limit : BigInt(text);
    return integer < limit ? integer : problem(`must be below 2^${bits}`);
  });
  const description = `An integer below 2^${bits}, as a JSON number of any length or a decimal string.`;
  return exact.meta({ type: ["integer", "string"], pattern: "^(0|[1-9][0-9]{0,38})$", description });
}

/** An integer between `minimum` and `maximum` (both included) as a number; for settings, never for chain values. */
export function integer(minimum: number, maximum: number) {
  const bounded = z.unknown().transform((value, context) => {
    const text = typeof value === "string" ? undefined : integerText(value);
    const number = text !== undefined && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    const reason = `must be a whole number from ${minimum} to ${maximum}`;
    context.addIssue({ code: "custom", message: value === undefined ? "is missing" : reason });
    return z.NEVER;
  });
  return bounded.meta({ type: "integer", minimum, maximum });
}

function integerText(value: unknown): string | undefined {
  if (value instanceof JsonNumber) return value.source;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return value;
  return undefined;
}
