import { z } from "zod";
import { nearest } from "./nearest.ts";

/** One thing that is wrong with a value: where, and why. */
export interface FieldProblem {
  path: string;
  reason: string;
}

/** Turns zod's issues into paths and sentences; an unknown key is shown with the nearest key that exists. */
export function describeIssues(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): FieldProblem[] {
  return issues.flatMap((issue) => describe(schema, issue));
}

function describe(schema: z.ZodType, issue: z.core.$ZodIssue): FieldProblem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const guess = nearest(key, known);
      return {
        path: [...path, key].join("."),
        reason: guess ? `is not a known key; did you mean ${guess}?` : unknownKey(known),
      };
    });
  }
  if (issue.code === "invalid_union") {
    const branch = deepest(issue.errors);
    if (branch) return branch.flatMap((inner) => describe(schema, { ...inner, path: [...issue.path, ...inner.path] }));
  }
  return [{ path: path.join("."), reason: reasonOf(issue) }];
}

function unknownKey(known: readonly string[]): string {
  return known.length > 0 ? `is not a known key; known are ${known.join(", ")}` : "is not a known key";
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    return issue.input === undefined && /undefined/.test(issue.message)
      ? "is missing"
      : `must be of type ${issue.expected}`;
  }
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  return lowerFirst(issue.message);
}

/** Of a union's branches, the one that got furthest says best what its author meant. */
function deepest(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  return [...branches].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The keys that an object schema knows at `path`, or none where the path does not lead to one. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema;
  for (const step of path) {
    current = unwrap(current);
    if (current instanceof z.ZodObject) current = current.shape[String(step)];
    else if (current instanceof z.ZodArray) current = current.element;
    else if (current instanceof z.ZodRecord) current = current.valueType;
    else return [];
  }
  const found = unwrap(current);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
