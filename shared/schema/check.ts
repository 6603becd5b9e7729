import type { z } from "zod";
import { AttestorError } from "../errors/index.ts";
import { describeIssues, type FieldProblem } from "./issues.ts";

/** Checks untrusted input against a schema and lists every problem with its path, never with the offending value. */
export function problemsOf<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { value: z.output<S> } | { problems: FieldProblem[] } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  return { problems: describeIssues(schema, value, result.error.issues) };
}

/**
 * Checks untrusted input against a schema.
 *
 * @param root name of the whole value, for problems that are not inside a field (`body`, `packet`).
 * @throws AttestorError `invalid_field` with the first problem's path and reason.
 */
export function check<S extends z.ZodType>(schema: S, value: unknown, root: string): z.output<S> {
  const result = problemsOf(schema, value);
  if ("value" in result) return result.value;
  const first = result.problems[0] ?? { path: "", reason: "is not valid" };
  throw new AttestorError("invalid_field", { field: first.path || root, reason: first.reason });
}
