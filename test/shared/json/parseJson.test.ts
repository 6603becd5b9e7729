import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonNumber, parseJson } from "../../../shared/json/index.ts";
import { refusal } from "../refusal.ts";

const reasonFor = (text: string) => refusal("malformed_json", () => parseJson(text)).data.reason;

describe("a JSON number", () => {
  it.each(["0", "9007199254740993", "340282366920938463463374607431768211455", "1.10", "1e400", "-0", "9".repeat(300)])(
    "keeps the text that was written: %s",
    (digits) => {
      const number = parseJson(digits);
      expect(number).toBeInstanceOf(JsonNumber);
      expect(String(number)).toBe(digits);
    },
  );

  it("keeps its text inside lists and objects, too", () => {
    expect(parseJson('{"a":[1,{"b":12345678901234567890}]}')).toEqual({
      a: [new JsonNumber("1"), { b: new JsonNumber("12345678901234567890") }],
    });
  });
});

describe("JSON text", () => {
  it("without numbers means what JSON.parse says", () => {
    const value = fc.jsonValue().filter((json) => !/[0-9]/.test(JSON.stringify(json)));
    fc.assert(
      fc.property(value, (json) => {
        fc.pre(!JSON.stringify(json).includes("__proto__"));
        expect(parseJson(JSON.stringify(json, null, 2))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
    );
  });

  it.each([
    ["nothing", "", "it is empty or ends too early"],
    ["half an object", '{"a":"s3cret', "unexpected text at position 12"],
    ["an open list", "[", "it is empty or ends too early"],
    ["a comma too many", '{"a":1,}', "unexpected text at position 7"],
    ["a leading zero", "01", "unexpected text at position 1"],
    ["a plus sign", "+1", "unexpected text"],
    ["hex", "0x10", "unexpected text at position 1"],
    ["NaN", "NaN", "unexpected text"],
    ["a single-quoted string", "{'a':1}", "unexpected text at position 1"],
    ["a comment", "{}//", "unexpected text at position 2"],
    ["two values", "{}{}", "unexpected text at position 2"],
    ["a line break in a string", '"a\nb"', "unexpected text at position 2"],
  ])("is refused when it is %s", (_what, text, reason) => {
    expect(reasonFor(text)).toBe(reason);
  });

  it("is never quoted in the refusal, wherever the mistake is", () => {
    for (const text of [
      "s3cret",
      '{"a":s3cret}',
      '{"s3cret":}',
      '["s3cret" "s3cret"]',
      '{"a":"s3cret\\q"}',
      "x JSON at position 4111",
    ]) {
      expect(reasonFor(text)).toMatch(/^(it is empty or ends too early|unexpected text( at position \d{1,2})?)$/);
      expect(reasonFor(text)).not.toMatch(/s3cret|4111/);
    }
  });

  it.each(["[", '{"a":'])("nested 100,000 times by %s is refused, without harm to the process", (opening) => {
    const text = opening.repeat(100_000) + (opening === "[" ? "]" : "1}").repeat(100_000);
    expect(["it is nested too deeply", "unexpected text at position 500002"]).toContain(reasonFor(text));
  });
});

describe("an object with the same key twice", () => {
  const reason = "duplicate key: an object has the same key twice";

  it.each([
    ["side by side", '{"a":1,"a":2}'],
    ["with the same value", '{"a":1,"a":1}'],
    ["spelled with an escape", '{"amount":1,"\\u0061mount":2}'],
    ["with blanks before the colon", '{"a" :1,"a"\n\t:2}'],
    ["far apart", '{"a":1,"b":{"c":[{}]},"a":2}'],
    ["inside a list", '[{"a":1},{"a":1,"a":2}]'],
    ["inside an object", '{"a":{"b":1,"b":2}}'],
    ["the empty key", '{"":1,"":2}'],
  ])("is refused: %s", (_what, text) => {
    expect(reasonFor(text)).toBe(reason);
  });

  it.each([
    ["the same key in neighbours", '[{"a":1},{"a":2}]'],
    ["the same key in parent and child", '{"a":{"a":{"a":1}}}'],
    ["keys that differ in letter case", '{"a":1,"A":2}'],
    ["a value that looks like keys", '{"a":"\\"b\\":1,\\"b\\":2","c":"{","d":"]"}'],
    ["a key that looks like JSON", '{"{\\"a\\":1":1,"a":2}'],
    ["a string that ends in a backslash", '{"a":"\\\\","b":"\\\\\\""}'],
    ["the same value twice", '["a","a"]'],
  ])("is not confused with %s", (_what, text) => {
    expect(() => parseJson(text)).not.toThrow();
  });

  it("is found wherever it hides", () => {
    const key = fc.string({ unit: "grapheme", maxLength: 5 });
    fc.assert(
      fc.property(fc.jsonValue(), key, fc.jsonValue(), (around, name, value) => {
        fc.pre(!JSON.stringify([around, value, name]).includes("__proto__"));
        const [outer, inner, quoted] = [around, value, name].map((part) => JSON.stringify(part));
        expect(reasonFor(`{"x":${outer},"y":[{${quoted}:${inner},"z":${outer},${quoted}:${inner}}]}`)).toBe(reason);
      }),
    );
  });
});

describe("the key __proto__", () => {
  it.each(['{"__proto__":{"polluted":1}}', '{"a":[{"__proto__":1}]}', '{"\\u005f_proto__":null}'])(
    "is refused: %s",
    (text) => {
      expect(reasonFor(text)).toBe("the key __proto__ is not allowed");
      expect(Reflect.get({}, "polluted")).toBeUndefined();
    },
  );

  it("may stand in a value", () => {
    expect(parseJson('["__proto__"]')).toEqual(["__proto__"]);
  });
});

it("reads a megabyte of text in one string, and in many, without trouble", () => {
  expect(parseJson(`"${'\\"'.repeat(500_000)}"`)).toHaveLength(500_000);
  expect(parseJson(`[${'"ab",'.repeat(150_000)}"ab"]`)).toHaveLength(150_001);
});
