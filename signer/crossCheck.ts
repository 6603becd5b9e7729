import { nearest } from "../shared/schema/index.ts";

/** Something that no single field of a configuration shows. */
export interface CrossProblem {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** Every entry whose `identityOf` an earlier entry has too. */
export function repeated<T extends { readonly name: string }>(
  entries: readonly T[],
  list: string,
  field: string,
  identityOf: (entry: T) => string,
  say = (first: string) => `is the same as that of ${first}`,
): CrossProblem[] {
  return entries.flatMap((entry, index) => {
    const first = entries.findIndex((other) => identityOf(other) === identityOf(entry));
    const owner = entries[first];
    return first < index && owner
      ? [{ path: [list, index, field], reason: say(`${list}.${first} (${owner.name})`) }]
      : [];
  });
}

/** Every value that stands in its list before. */
export function listedTwice(values: readonly string[], path: CrossProblem["path"]): CrossProblem[] {
  return values.flatMap((value, at) =>
    values.indexOf(value) < at ? [{ path: [...path, at], reason: "is listed twice" }] : [],
  );
}

/** What to say of a name that names nothing. */
export function unknownName(what: string, name: string, known: readonly { readonly name: string }[]): string {
  const names = [...new Set(known.map((entry) => entry.name))];
  const guess = nearest(name, names);
  return `there is no such ${what} (${guess ? `did you mean ${guess}?` : `known are ${names.join(", ")}`})`;
}
