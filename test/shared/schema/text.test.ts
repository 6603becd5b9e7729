import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, duration, durationBetween, hexBytes, name, printableAscii } from "../../../shared/schema/index.ts";
import { refusal } from "../refusal.ts";

describe("printable ASCII", () => {
  it("is any text of 1 to 128 characters from blank to tilde, unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 128 }), (text) => {
        expect(check(printableAscii, text, "text")).toBe(text);
      }),
    );
  });

  it("is no text with any other character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), (text) => {
        fc.pre([...text].some((letter) => letter < " " || letter > "~"));
        expect(() => check(printableAscii, text, "text")).toThrow(/1 to 128 printable ASCII characters/);
      }),
    );
  });
});

describe("a name of ours", () => {
  it.each(["a", "0", "sepolia-aleo.v1_test", "a".repeat(64)])("may be %s", (text) => {
    expect(check(name, text, "name")).toBe(text);
  });

  it.each([
    "",
    "A",
    "-a",
    ".a",
    "..",
    "_a",
    "a b",
    "a/b",
    "a\\b",
    "a\n",
    "ä",
    "a".repeat(65),
    "a%2f",
    "a:b",
    "a?b",
    5n,
    null,
  ])("may not be %o, because names stand in paths, labels and URLs", (text) => {
    expect(() => check(name, text, "name")).toThrow(/^name: must be /);
  });
});

describe("bytes in hex", () => {
  it("are returned in lower case", () => {
    expect(check(hexBytes(4), "0xDEADbeef", "hash")).toBe("0xdeadbeef");
  });

  it.each([
    "",
    "0x",
    "deadbeef",
    "0Xdeadbeef",
    "0xdeadbee",
    "0xdeadbeef0",
    "0xdeadbeefde",
    "0xdeadbeeg",
    "0xdeadbeef\n",
    5n,
    null,
    undefined,
  ])("are refused when they are %o", (text) => {
    const { reason } = refusal("invalid_field", () => check(hexBytes(4), text, "hash")).data;
    expect(reason).toBe(text === undefined ? "is missing" : "must be 0x and 8 hex digits");
  });
});

describe("a duration", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["90s", 90_000],
    ["5m", 300_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
  ])("%s is %i milliseconds", (text, milliseconds) => {
    expect(check(duration, text, "wait")).toBe(milliseconds);
  });

  it.each(["", "24", "h", "24 h", "24H", "1.5h", "-1h", "+1h", "1h30m", "1w", "9999999999s", "24h\n", 24n, null])(
    "is not %o",
    (text) => {
      expect(() => check(duration, text, "wait")).toThrow("wait: must be a duration such as 24h, 90s or 250ms.");
    },
  );
});

describe("a bounded duration", () => {
  const pause = durationBetween("100ms", "1h");

  it.each([
    ["100ms", 100],
    ["1h", 3_600_000],
  ])("takes its bound %s", (text, milliseconds) => {
    expect(check(pause, text, "pause")).toBe(milliseconds);
  });

  it.each(["0s", "99ms", "3601s", "24h"])("refuses %s, naming the bounds", (text) => {
    expect(() => check(pause, text, "pause")).toThrow("pause: must be from 100ms to 1h.");
  });

  it.each(["", "1 h", "soon"])("refuses %j, which is no duration", (text) => {
    expect(() => check(pause, text, "pause")).toThrow("pause: must be a duration such as 24h, 90s or 250ms.");
  });
});
