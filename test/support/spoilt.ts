import fc from "fast-check";
import { stringifyJson } from "../../shared/json/index.ts";

/** A text that was changed in up to three places: characters lost, repeated, moved or replaced, or the end cut off. */
export function spoiltText(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length);
  const length = fc.oneof(fc.nat(3), fc.nat(80));
  const noise = fc.oneof(
    fc.string({ unit: "grapheme-ascii", maxLength: 6 }),
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom(
      "\n",
      "\r\n",
      "\0",
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "- ",
      "#",
      "&a",
      "*a",
      "0",
      "9".repeat(40),
    ),
  );
  const change = fc.tuple(fc.constantFrom("insert", "replace", "repeat", "move", "cut"), place, length, noise);
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) =>
    changes.reduce((spoilt, [kind, at, span, inserted]) => {
      const [before, part, after] = [spoilt.slice(0, at), spoilt.slice(at, at + span), spoilt.slice(at + span)];
      switch (kind) {
        case "insert":
          return before + inserted + part + after;
        case "replace":
          return before + inserted + after;
        case "repeat":
          return before + part + part + after;
        case "move":
          return before + after + part;
        default:
          return at === 0 ? spoilt : before;
      }
    }, text),
  );
}

/** Values that somebody may put where another is expected. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, "", " ", "0", "-1", "01", 0, -1, 1.5, 1e300, [], {}, [[]], { a: [] }, "\0", "é"),
  fc.constantFrom<unknown>(
    2n ** 64n,
    2n ** 128n,
    `${2n ** 128n}`,
    "9".repeat(300),
    "__proto__",
    "constructor",
    "a".repeat(5_000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 20 }),
);

const strangeName = fc.oneof(fc.constantFrom("toString", "length", "0", "", "extra"), fc.string({ maxLength: 8 }));

/** A plain value in which up to two members are replaced, missing, doubled or more than there should be. */
export function spoiltValue(value: unknown): fc.Arbitrary<unknown> {
  const change = fc.tuple(fc.constantFrom("replace", "remove", "double", "add"), fc.nat(10_000), strange, strangeName);
  return fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) =>
    changes.reduce<unknown>((spoilt, [kind, turn, other, name]) => {
      const places = placesIn(spoilt);
      const place = places[turn % places.length] ?? [];
      return at(spoilt, place, (member) => changed(kind, member, other, name));
    }, value),
  );
}

/** As {@link spoiltValue}, as JSON. */
export function spoiltJson(value: unknown): fc.Arbitrary<string> {
  return spoiltValue(value).map((spoilt) => stringifyJson(spoilt === gone ? null : spoilt));
}

const gone = Symbol("gone");

function changed(kind: string, member: unknown, other: unknown, name: string): unknown {
  if (kind === "remove") return gone;
  if (kind === "double") return Array.isArray(member) ? [...member, ...member] : [member, member];
  if (kind === "replace" || typeof member !== "object" || member === null) return other;
  return Array.isArray(member) ? [...member, other] : { ...member, [name]: other };
}

type Place = readonly (string | number)[];

/** Where in a value its members are, the value itself included. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [[]];
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[], ...members.flatMap(([name, member]) => placesIn(member).map((place) => [name, ...place]))];
}

function at(value: unknown, [first, ...rest]: Place, change: (member: unknown) => unknown): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value)) {
    return value
      .map((member, index) => (index === first ? at(member, rest, change) : member))
      .filter((each) => each !== gone);
  }
  const members = Object.entries(value as object).map(([name, member]) => [
    name,
    name === first ? at(member, rest, change) : member,
  ]);
  return Object.fromEntries(members.filter(([, member]) => member !== gone));
}
