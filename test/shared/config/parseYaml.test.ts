import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../shared/config/parseYaml.ts";
import { cpuMilliseconds } from "../../support/cpuTime.ts";
import { configProblems } from "../refusal.ts";

const read = (text: string) => parseYaml(text, "service.yaml");
const problems = (text: string) => configProblems(() => read(text));

describe("a plain YAML value", () => {
  it.each([
    ["0", 0n],
    ["5", 5n],
    ["-5", -5n],
    ["340282366920938463463374607431768211455", (1n << 128n) - 1n],
    ["9".repeat(300), 10n ** 300n - 1n],
    ["true", true],
    ["False", false],
    ["null", null],
    ["~", null],
    ["", null],
  ])("%s is a whole number, a truth value or nothing", (text, value) => {
    expect(read(`key: ${text}\n`)).toEqual({ key: value });
  });

  it.each([
    ["an address", "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff"],
    ["a public key", `0x04${"ab".repeat(64)}`],
    ["hex", "0x10"],
    ["octal", "0o17"],
    ["leading zeros", "007"],
    ["a plus sign", "+5"],
    ["minus zero", "-0"],
    ["a version", "1.10"],
    ["an exponent", "1e3"],
    ["infinity", ".inf"],
    ["a number with separators", "1_000"],
    ["yes", "yes"],
    ["a time", "12:30"],
    ["a date", "2026-01-31T12:00:00Z"],
  ])("that is %s stays the text that was written: %s", (_what, text) => {
    expect(read(`key: ${text}\n`)).toEqual({ key: text });
    expect(read(`%YAML 1.1\n---\nkey: ${text}\n`), "YAML 1.1").toEqual({ key: text });
  });

  it("in quotes is text, whatever it looks like", () => {
    expect(read(`a: "5"\nb: 'true'\nc: ""\n`)).toEqual({ a: "5", b: "true", c: "" });
  });
});

describe("YAML that means something else than it shows", () => {
  it("is refused when a key stands twice", () => {
    expect(problems("a: 1\nb: 2\na: 3\n")).toEqual(["line 3, column 1: not valid here: duplicate key"]);
    expect(problems("x: {a: 1, a: 2}\n")).toEqual(["line 1, column 11: not valid here: duplicate key"]);
  });

  it("is refused when it uses an alias", () => {
    expect(problems("a: &x [1]\nb: *x\n")).toEqual(["line 2, column 4: aliases (*name) are not supported"]);
    expect(problems("a: *nobody\n")[0]).toMatch(/^line 1, column 4: /);
  });

  it("is refused at once when it is an alias bomb", () => {
    const levels = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`);
    const text = ["a0: &a0 [x]", ...levels].join("\n");
    expect(cpuMilliseconds(() => expect(problems(text)).toHaveLength(60))).toBeLessThan(2_000);
  });

  it.each(["!!binary aGVsbG8=", '!!int "0x10"', "!!float 1", "!secret x", "!!timestamp 2026-01-31", "!!set {a, b}"])(
    "is refused when it has a tag: %s",
    (text) => {
      expect(problems(`a: ${text}\n`)).toEqual(["line 1, column 4: not valid here: tag resolve failed"]);
    },
  );

  it("is refused when a key is no text", () => {
    expect(problems("? {a: 1}\n: 2\n")[0]).toMatch(/^line 1, column \d+: not valid here: non string key/);
    expect(problems("? [a]\n: 2\n")[0]).toMatch(/^line 1, column \d+: not valid here: non string key/);
  });

  it("does not merge", () => {
    expect(read("a: {<<: {b: 1}}\n")).toEqual({ a: { "<<": { b: 1n } } });
    expect(read("%YAML 1.1\n---\na: {<<: {b: 1}}\n")).toEqual({ a: { "<<": { b: 1n } } });
  });

  it("cannot touch prototypes", () => {
    const value = read("__proto__: { polluted: 1 }\n") as object;
    expect(Object.hasOwn(value, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("is refused when it holds a second document", () => {
    expect(problems("a: 1\n---\nb: 2\n")[0]).toMatch(/^line \d, column 1: not valid here: multiple docs$/);
  });
});

describe("text that is not YAML", () => {
  it.each([
    ["an open list", "a: [1, 2\nb: 3\n", "line 2, column 1: not valid here: bad indent"],
    ["a tab for indentation", "a:\n\t- b\n", "line 2, column 1: not valid here: tab as indent"],
    ["a reserved sign", "a: @b\n", "line 1, column 4: not valid here: bad scalar start"],
    ["an open quote", 'a: "b\n', "line 2, column 1: not valid here: missing char"],
  ])("is refused with its line and column: %s", (_what, text, problem) => {
    expect(problems(text)).toContain(problem);
  });

  it("is refused with every mistake", () => {
    expect(problems("a: 1\na: 2\nb: @x\n").length).toBeGreaterThan(1);
  });
});
