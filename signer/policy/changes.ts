/** What a change allows more, and what it allows less; each a line for people, starting with the path of the setting. */
export interface Changes {
  readonly widened: readonly string[];
  readonly narrowed: readonly string[];
}

/** Compares two values of one setting. The lines start behind the setting's path: ": …" or ".inner: …". */
export type Comparison<T, Whole = unknown> = (before: T, after: T, whole: { before: Whole; after: Whole }) => Changes;

export function joined(...parts: readonly Changes[]): Changes {
  return { widened: parts.flatMap(({ widened }) => widened), narrowed: parts.flatMap(({ narrowed }) => narrowed) };
}

/** Compares field by field. Every field must have its comparison, or the compiler refuses. */
export function byFields<T extends object>(
  before: T,
  after: T,
  comparisons: { readonly [K in keyof T]-?: Comparison<T[K], T> },
): Changes {
  const fields = Object.keys(comparisons) as (keyof T & string)[];
  const whole = { before, after };
  const behind = (field: string) => (line: string) => `.${field}${line}`;
  return joined(
    ...fields.map((field) => {
      const { widened, narrowed } = comparisons[field](before[field], after[field], whole);
      return { widened: widened.map(behind(field)), narrowed: narrowed.map(behind(field)) };
    }),
  );
}

/** Compares lists of named things: a new one widens, a missing one narrows, whatever it allows or denies. */
export function byName<T extends { readonly name: string }>(
  what: string,
  comparison: (before: T, after: T) => Changes,
): Comparison<readonly T[]> {
  return (before, after) => {
    const behind = (name: string) => (line: string) => `.${name}${line}`;
    const added = after.filter(({ name }) => !before.some((old) => old.name === name));
    const parts = before.map((old): Changes => {
      const now = after.find(({ name }) => name === old.name);
      if (!now) return { widened: [], narrowed: [`.${old.name}: ${what} less`] };
      const { widened, narrowed } = comparison(old, now);
      return { widened: widened.map(behind(old.name)), narrowed: narrowed.map(behind(old.name)) };
    });
    return joined({ widened: added.map(({ name }) => `.${name}: ${what} more`), narrowed: [] }, ...parts);
  };
}

/** Says nothing: what the value allows is compared elsewhere, or it allows nothing. */
export const unchanged: Comparison<unknown> = () => joined();

/** Any other value allows something else. */
export const another: Comparison<unknown> = (before, after) => {
  const [was, is] = [before, after].map(shown);
  return was === is ? joined() : { widened: [`: ${is} instead of ${was}`], narrowed: [] };
};

/** Every member of a list allows something. */
export const withMembers: Comparison<readonly (string | number)[]> = (before, after) => ({
  widened: after.filter((member) => !before.includes(member)).map((member) => `: ${member} is new`),
  narrowed: before.filter((member) => !after.includes(member)).map((member) => `: ${member} is left out`),
});

/** A limit: more of it allows more, and none of it (undefined) everything. */
export const larger: Comparison<bigint | number | undefined> = (before, after) =>
  byMeasure(before, after, before === undefined ? 1 : after === undefined ? -1 : before > after ? 1 : -1);

/** A requirement: less of it allows more, and none of it (undefined) everything. */
export const smaller: Comparison<bigint | number | undefined> = (before, after) =>
  byMeasure(before, after, before === undefined ? 1 : after === undefined ? -1 : before < after ? 1 : -1);

/** @param direction 1 if the change narrows, −1 if it widens, should there be one. */
function byMeasure(before: unknown, after: unknown, direction: 1 | -1): Changes {
  if (before === after) return joined();
  const line = `: ${shown(after)} instead of ${shown(before)}`;
  return direction === 1 ? { widened: [], narrowed: [line] } : { widened: [line], narrowed: [] };
}

function shown(value: unknown): string {
  if (value === undefined) return "none";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).map(shown).join(" ");
}
