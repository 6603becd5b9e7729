import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonNumber } from "../../../shared/json/index.ts";
import { refuseUnsoundKeys } from "../../../shared/json/keys.ts";
import { parsePlain } from "../../../shared/json/parsePlain.ts";

/** The engine's parser, with the digits of its numbers and a second look at the keys. */
function parseSlowly(text: string): { value: unknown } | "refused" {
  try {
    const value: unknown = JSON.parse(text, (_key, parsed: unknown, context?: { source: string }) =>
      typeof parsed === "number" && context ? new JsonNumber(context.source) : parsed,
    );
    refuseUnsoundKeys(text);
    return { value };
  } catch {
    return "refused";
  }
}

describe("plain JSON", () => {
  it("means what the engine's parser says of it, and nothing else is taken for plain", () => {
    const document = fc.json({ maxDepth: 5, stringUnit: fc.constantFrom(...'ab"\\{}[],: 0é\u2028\u{1f600}') });
    const spoiled = fc
      .tuple(
        document,
        fc.nat(),
        fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", " ", "\n", "0", "-", ".", "e1", "true"),
      )
      .map(([text, at, inserted]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + inserted + text.slice(place + (at % 2));
      });
    fc.assert(
      fc.property(fc.oneof(document, spoiled), (text) => {
        const plain = parsePlain(text);
        if (plain !== undefined) expect({ value: plain }).toEqual(parseSlowly(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '{"a":1,"b":[true,false,null,-1.5e3,"x"],"c":{}, "d" : [ ] }',
    "null",
    "[]",
    " 12345678901234567890 ",
    '""',
  ])("is recognised: %s", (text) => {
    expect({ value: parsePlain(text) }).toEqual(parseSlowly(text));
  });

  it.each([
    ["the same key twice", '{"a":1,"b":2,"a":3}'],
    ["the key __proto__", '{"__proto__":{}}'],
    ["an escape", '{"a":"\\u0061"}'],
    ["a line break", '{\n"a":1}'],
    ["a control character in a string", '"\u0001"'],
    ["half a number", "-"],
    ["a leading zero", "01"],
    ["half a word", "tru"],
    ["a comma too many", "[1,]"],
    ["two values", "1 2"],
    ["deep nesting", `${"[".repeat(40)}${"]".repeat(40)}`],
    ["nothing", ""],
  ])("is not %s", (_what, text) => {
    expect(parsePlain(text)).toBeUndefined();
  });
});
