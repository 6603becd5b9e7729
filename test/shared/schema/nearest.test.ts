import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest } from "../../../shared/schema/index.ts";

const keys = ["listen", "ledger", "logLevel", "stateFolder", "keys", "routes", "clients", "tls", "url", "port"];

describe("the nearest key", () => {
  it.each([
    ["lisen", "listen"],
    ["legder", "ledger"],
    ["loglevel", "logLevel"],
    ["log_level", "logLevel"],
    ["statefolder", "stateFolder"],
    ["route", "routes"],
    ["prot", "port"],
    ["ulr", "url"],
  ])("to %s is %s", (word, expected) => {
    expect(nearest(word, keys)).toBe(expected);
  });

  it.each(["", "x", "id", "ab", "certificate", "completelyDifferent"])("to %j is none", (word) => {
    expect(nearest(word, keys)).toBeUndefined();
  });

  it("is the key itself where it exists", () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), (key) => {
        expect(nearest(key, keys)).toBe(key);
      }),
    );
  });

  it("is none where no keys exist", () => {
    expect(nearest("listen", [])).toBeUndefined();
  });
});
