import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Secret, secret } from "../../../shared/config/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { check } from "../../../shared/schema/index.ts";

const value = "1234-s3cret";
const holder = new Secret(value);
const nested = { pin: holder, list: [holder], map: new Map([["pin", holder]]) };

describe("a secret", () => {
  it("gives its value to the one call that asks for it", () => {
    expect(holder.reveal()).toBe(value);
  });

  it.each<[string, () => unknown]>([
    ["String()", () => String(holder)],
    ["a template", () => `${holder as unknown as string}`],
    ["concatenation", () => "".concat(holder as unknown as string)],
    ["Array.join", () => [holder].join()],
    ["an error message", () => new Error(String(holder)).stack],
    ["JSON", () => JSON.stringify(nested)],
    ["our JSON", () => stringifyJson(nested)],
    ["inspect", () => inspect(nested, { depth: 9 })],
    ["inspect with all it can show", () => inspect(holder, { showHidden: true, getters: true, depth: 9 })],
    ["inspect without custom functions", () => inspect(nested, { customInspect: false, showHidden: true, depth: 9 })],
    ["format %s", () => format("%s", holder)],
    ["format %o", () => format("%o", holder)],
    ["format %O", () => format("%O", nested)],
    ["format %j", () => format("%j", nested)],
    ["format without a place", () => format("pin", holder)],
    ["spread", () => inspect({ ...holder })],
    ["entries", () => inspect([Object.entries(holder), Reflect.ownKeys(holder)])],
    ["a structured clone", () => inspect(structuredClone(nested), { showHidden: true, depth: 9 })],
    ["what goes to another process", () => serialize(nested).toString("latin1")],
    ["a comparison that failed in a test", () => inspect(Object.getOwnPropertyDescriptors(holder))],
  ])("is not shown by %s", (_how, show) => {
    expect(String(show())).not.toContain("s3cret");
  });

  it.each<[string, () => string]>([
    ["String()", () => String(holder)],
    ["JSON", () => JSON.parse(JSON.stringify(holder))],
    ["inspect", () => inspect(holder)],
    ["format", () => format("%s", holder)],
  ])("is shown as [secret] by %s", (_how, show) => {
    expect(show()).toBe("[secret]");
  });

  it("is shown as [secret] in the log, at any depth", () => {
    const lines: string[] = [];
    const logger = createLogger({ service: "test", level: "debug" }, { write: (line) => lines.push(line) });
    logger.info({ pin: holder, deep: { list: [holder] } }, "a secret");
    logger.child({ pin: holder }).info("a child");
    expect(lines.join("")).not.toContain("s3cret");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ pin: "[secret]", deep: { list: ["[secret]"] } });
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ pin: "[secret]" });
  });
});

describe("a secret setting", () => {
  const schema = z.strictObject({ pin: secret });

  it("is a secret from the moment it is read", () => {
    expect(check(schema, { pin: value }, "config").pin.reveal()).toBe(value);
  });

  it("is not shown when it is wrong", () => {
    for (const pin of ["", 1234n, [value], { [value]: value }, null]) {
      expect(() => check(schema, { pin }, "config")).toThrow(/^pin: must (be a string|not be empty)\.$/);
    }
  });
});
