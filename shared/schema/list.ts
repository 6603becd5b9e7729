import { z } from "zod";

/**
 * A list in an answer that whoever sends it may have filled with anything. It is read up to the first entry that is wrong, so
 * that a long list of nonsense costs one problem: a plain array would make some for each entry, until memory ends.
 *
 * @param most most entries that are read; none by default, where something else bounds what arrives.
 */
export function list<S extends z.ZodType>(entry: S, most = Number.POSITIVE_INFINITY) {
  return z.unknown().transform((value, context): z.output<S>[] => {
    if (!Array.isArray(value)) {
      context.addIssue({ code: "invalid_type", expected: "array", input: value });
      return z.NEVER;
    }
    if (value.length > most) {
      context.addIssue({ code: "custom", message: `must not have more than ${most} entries` });
      return z.NEVER;
    }
    const read: z.output<S>[] = [];
    for (const [index, one] of value.entries()) {
      const result = entry.safeParse(one);
      if (!result.success) {
        const [first] = result.error.issues;
        if (first) context.addIssue({ ...first, path: [index, ...first.path] });
        return z.NEVER;
      }
      read.push(result.data);
    }
    return read;
  });
}
