import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonNumber } from "../../../shared/json/index.ts";
import { check, integer, unsigned } from "../../../shared/schema/index.ts";
import { cpuMilliseconds } from "../../support/cpuTime.ts";
import { refusal } from "../refusal.ts";

describe.each([8, 64, 128] as const)("an unsigned integer of %i bits", (bits) => {
  const limit = 1n << BigInt(bits);
  const read = (value: unknown) => check(unsigned(bits), value, "value");

  it("is read exactly from a JSON number, a YAML integer or a decimal string", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, limit - 1n), (value) => {
        for (const form of [new JsonNumber(`${value}`), value, `${value}`]) expect(read(form)).toBe(value);
      }),
    );
  });

  it("is refused below 0 and from the limit on", () => {
    fc.assert(
      fc.property(fc.bigInt(limit, limit * limit), fc.bigInt(-limit, -1n), (tooLarge, negative) => {
        for (const value of [tooLarge, negative]) {
          for (const form of [new JsonNumber(`${value}`), value, `${value}`]) {
            expect(() => read(form)).toThrow(/must be/);
          }
        }
      }),
    );
  });

  it("is refused when it is any other text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/^(0|[1-9][0-9]*)$/.test(text));
        expect(() => read(text)).toThrow(/must be a plain decimal integer/);
        expect(() => read(` ${text}`)).toThrow(/must be a plain decimal integer/);
      }),
    );
  });

  it("is refused at once when it has a million digits", () => {
    const spent = cpuMilliseconds(() => {
      expect(refusal("invalid_field", () => read("9".repeat(1_000_000))).data.reason).toBe(`must be below 2^${bits}`);
    });
    expect(spent, "milliseconds of CPU time").toBeLessThan(500);
  });

  it("is refused as a JavaScript number, which may have been rounded before", () => {
    expect(() => read(5)).toThrow(/must be an integer/);
  });
});

describe("a whole number of a setting", () => {
  const read = (value: unknown) => check(integer(1, 65_535), value, "port");

  it.each([1n, 80n, 65_535n, new JsonNumber("80")])("is read from %s as a number", (value) => {
    expect(read(value)).toBe(Number(String(value)));
  });

  it.each([
    ["below the range", 0n],
    ["above the range", 65_536n],
    ["far above the range", 10n ** 300n],
    ["negative", -80n],
    ["a fraction", new JsonNumber("80.5")],
    ["an exponent", new JsonNumber("8e1")],
    ["text", "80"],
    ["a truth value", true],
    ["null", null],
    ["a list", [80n]],
  ])("is refused when it is %s", (_what, value) => {
    expect(refusal("invalid_field", () => read(value)).message).toBe("port: must be a whole number from 1 to 65535.");
  });

  it("is refused when it is missing", () => {
    expect(refusal("invalid_field", () => read(undefined)).message).toBe("port: is missing.");
  });
});
