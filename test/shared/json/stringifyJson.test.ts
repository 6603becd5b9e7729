import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonNumber, parseJson, stringifyJson } from "../../../shared/json/index.ts";

describe("writing JSON", () => {
  it("writes a bigint as a decimal string", () => {
    expect(stringifyJson({ amount: (1n << 128n) - 1n })).toBe('{"amount":"340282366920938463463374607431768211455"}');
  });

  it("writes a kept number with exactly the digits it was read with", () => {
    const digits = fc.oneof(
      fc.bigInt().map(String),
      fc.constantFrom("1.10", "1e400", "-0", "0.1e-7", "12345678901234567890.5"),
    );
    fc.assert(
      fc.property(digits, (text) => {
        expect(stringifyJson(parseJson(`{"n":[${text}]}`))).toBe(`{"n":[${text}]}`);
      }),
    );
  });

  it("never lets the text of a number break out into structure", () => {
    for (const text of ['1,"a":2', '"x"', "{}", "", "1 ", "NaN"]) {
      const write = () => stringifyJson({ n: new JsonNumber(text) });
      if (text === '"x"') expect(write()).toBe('{"n":"x"}');
      else expect(write).toThrow(SyntaxError);
    }
  });

  it("leaves everything else as JSON.stringify has it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        expect(stringifyJson(value, indent)).toBe(JSON.stringify(value, null, indent));
      }),
    );
  });
});
