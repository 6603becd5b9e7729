import { z } from "zod";
import { nearest } from "./nearest.ts";

/** One thing that is wrong with a value: where, and why. */
export interface FieldProblem {
  path: string;
  reason: string;
}

type Issue = z.core.$ZodIssue;

/**
 * Turns zod's issues into paths and sentences; an unknown key is shown with the nearest key that exists. The value is
 * looked at only to tell a missing field from a wrong one.
 */
export function describeIssues(schema: z.ZodType, value: unknown, issues: readonly Issue[]): FieldProblem[] {
  return issues.flatMap((issue) => describe(schema, value, issue));
}

function describe(schema: z.ZodType, value: unknown, issue: Issue): FieldProblem[] {
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), reason: unknownKey(key, known) }));
  }
  if (issue.code === "invalid_union") {
    const branch = likeliest(issue.errors);
    if (branch) {
      return branch.flatMap((inner) => describe(schema, value, { ...inner, path: [...issue.path, ...inner.path] }));
    }
  }
  return [{ path: pathText(issue.path), reason: reasonOf(value, issue) }];
}

/** What a key of ours may look like. Anything else under a key's place may be a misplaced value: a URL, a PIN. */
const keyLike = /^[A-Za-z_][A-Za-z0-9_-]{0,23}$/;

function pathText(path: readonly PropertyKey[]): string {
  return path.map((step) => (typeof step === "number" || keyLike.test(String(step)) ? step : "(not shown)")).join(".");
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = keyLike.test(key)
    ? nearest(
        key,
        known.filter((other) => other !== key),
      )
    : undefined;
  if (guess) return `is not a known key (did you mean ${guess}?)`;
  return known.length > 0 ? `is not a known key; known are ${known.join(", ")}` : "is not a known key";
}

function reasonOf(value: unknown, issue: Issue): string {
  const aboutPresence = ["invalid_type", "invalid_value", "invalid_union"].includes(issue.code);
  if (aboutPresence && valueAt(value, issue.path) === undefined) return "is missing";
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) {
    return `must be of type ${issue.expected}`;
  }
  if (issue.code === "invalid_value") {
    return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`;
  }
  return lowerFirst(issue.message);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined),
    value,
  );
}

/**
 * Of a union's branches, the one that its author most likely meant: the fixed words (`type: …`) fit, and it got
 * furthest.
 */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const wrongWords = (issues: readonly Issue[]) => issues.filter((issue) => issue.code === "invalid_value").length;
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  return [...branches].sort((a, b) => wrongWords(a) - wrongWords(b) || depth(b) - depth(a) || a.length - b.length)[0];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The keys that an object schema knows at `path`, or none where the path does not lead to one. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  const current = unwrap(schema);
  if (current instanceof z.ZodUnion) return [...new Set(current.options.flatMap((option) => keysAt(option, path)))];
  const [step, ...rest] = path;
  if (step === undefined) return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
  if (current instanceof z.ZodObject) return keysAt(current.shape[String(step)], rest);
  if (current instanceof z.ZodArray) return keysAt(current.element, rest);
  if (current instanceof z.ZodRecord) return keysAt(current.valueType, rest);
  return [];
}

const wrappers = [z.ZodOptional, z.ZodDefault, z.ZodPrefault, z.ZodNullable, z.ZodReadonly] as const;

function unwrap(schema: unknown): unknown {
  const wrapper = wrappers.find((kind) => schema instanceof kind);
  if (wrapper && schema instanceof wrapper) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
