import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseJson } from "../../../shared/json/index.ts";
import { check, duration, hexBytes, integer, name, problemsOf, unsigned } from "../../../shared/schema/index.ts";
import { cpuMilliseconds } from "../../support/cpuTime.ts";
import { refusal } from "../refusal.ts";

const endpoint = z.strictObject({ url: z.string(), timeout: duration.optional() });
const schema = z.strictObject({
  service: z.literal("signer"),
  chainId: unsigned(128),
  port: integer(0, 65_535),
  level: z.enum(["error", "info"]).default("info"),
  peer: endpoint.optional(),
  tuning: z.strictObject({ sessions: integer(1, 64).default(4) }).prefault({}),
  providers: z.array(endpoint).min(1),
  named: z.record(name, endpoint).default({}),
  source: z
    .union([
      z.strictObject({ kind: z.literal("file"), path: z.string() }),
      z.strictObject({ kind: z.literal("remote"), endpoint }),
    ])
    .optional(),
  sink: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("file"), path: z.string() }),
      z.strictObject({ kind: z.literal("remote"), endpoint }),
    ])
    .optional(),
  key: hexBytes(2).transform((text) => ({ text })),
});
const sound = { service: "signer", chainId: "1", port: 1n, providers: [{ url: "u" }], key: "0xAAAA" };

const problemsWith = (changes: object) => {
  const result = problemsOf(schema, { ...sound, ...changes });
  return "problems" in result ? result.problems.map(({ path, reason }) => `${path}: ${reason}`) : [];
};

describe("checking a value", () => {
  it("returns it with defaults and conversions where it is sound", () => {
    expect(check(schema, sound, "body")).toMatchObject({
      chainId: 1n,
      port: 1,
      level: "info",
      key: { text: "0xaaaa" },
    });
  });

  it("throws the first problem, with the field's path", () => {
    const error = refusal("invalid_field", () => check(schema, { ...sound, service: "collector", port: "x" }, "body"));
    expect(error.data).toEqual({ field: "service", reason: "must be signer" });
  });

  it("names the whole value where the problem is no field's", () => {
    for (const value of [null, "text", [], true]) {
      const error = refusal("invalid_field", () => check(schema, value, "body"));
      expect(error.message).toBe("body: must be of type object.");
    }
  });

  it("lists every problem at once", () => {
    expect(problemsWith({ chainId: "-1", port: 65_536n, level: "loud", providers: [{}], key: "0x" })).toEqual([
      "chainId: must be a plain decimal integer without sign, fraction, exponent, hex or leading zeros",
      "port: must be a whole number from 0 to 65535",
      "level: must be one of error, info",
      "providers.0.url: is missing",
      "key: must be 0x and 4 hex digits",
    ]);
  });

  it("tells a missing field from a wrong one, whatever its type", () => {
    const { problems } = problemsOf(schema, {}) as { problems: { path: string; reason: string }[] };
    expect(problems.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(
      ["service", "chainId", "port", "providers", "key"].map((path) => `${path}: is missing`),
    );
  });

  it("does not take null for a missing value", () => {
    expect(problemsWith({ peer: null })).toEqual(["peer: must be of type object"]);
  });
});

describe("an unknown key", () => {
  it.each([
    ["at the root", { prot: 1n }, ["prot: is not a known key (did you mean port?)"]],
    [
      "in an object",
      { peer: { url: "u", timeuot: "1s" } },
      ["peer.timeuot: is not a known key (did you mean timeout?)"],
    ],
    [
      "in an object with defaults",
      { tuning: { sesions: 1n } },
      ["tuning.sesions: is not a known key (did you mean sessions?)"],
    ],
    [
      "in a list",
      { providers: [{ url: "u" }, { url: "u", ur: "x" }] },
      ["providers.1.ur: is not a known key (did you mean url?)"],
    ],
    [
      "in a record",
      { named: { a: { url: "u", tiemout: "1s" } } },
      ["named.a.tiemout: is not a known key (did you mean timeout?)"],
    ],
    [
      "in a union",
      { source: { kind: "file", path: "p", paht: "p" } },
      ["source.paht: is not a known key (did you mean path?)"],
    ],
    [
      "deep in a union",
      { source: { kind: "remote", endpoint: { url: "u", rul: "u" } } },
      ["source.endpoint.rul: is not a known key (did you mean url?)"],
    ],
    [
      "in a discriminated union",
      { sink: { kind: "file", path: "p", paht: "p" } },
      ["sink.paht: is not a known key (did you mean path?)"],
    ],
  ])("is shown with the nearest key %s", (_where, changes, expected) => {
    expect(problemsWith(changes)).toEqual(expected);
  });

  it("far from every key is answered with the keys that exist", () => {
    expect(problemsWith({ peer: { url: "u", somethingElse: 1 } })).toEqual([
      "peer.somethingElse: is not a known key; known are url, timeout",
    ]);
  });

  it.each(["toString", "constructor", "hasOwnProperty", "__proto__"])("is refused even when it is %s", (key) => {
    const changes = JSON.parse(`{"${key}":1}`) as object;
    const value = Object.assign(Object.create(null) as object, sound, changes);
    if (key === "__proto__") Object.defineProperty(value, key, { value: 1, enumerable: true });
    const result = problemsOf(schema, value);
    expect(result).toHaveProperty("problems.0.path", key);
  });
});

describe("a union", () => {
  it("is explained by the branch whose fixed words fit", () => {
    expect(problemsWith({ source: { kind: "remote" } })).toEqual(["source.endpoint: is missing"]);
    expect(problemsWith({ source: { kind: "file" } })).toEqual(["source.path: is missing"]);
  });

  it("with a known discriminator is explained by its branch", () => {
    expect(problemsWith({ sink: { kind: "remote", endpoint: { url: 5 } } })).toEqual([
      "sink.endpoint.url: must be of type string",
    ]);
  });

  it("with an unknown discriminator names the field", () => {
    expect(problemsWith({ sink: { kind: "s3cret" } })).toEqual([expect.stringMatching(/^sink\.kind: .*file.*remote/)]);
    expect(problemsWith({ sink: {} })).toEqual(["sink.kind: is missing"]);
  });
});

describe("an offending value", () => {
  const marker = "s3cret/KEY";
  const allTexts = (value: unknown) => {
    const result = problemsOf(schema, value);
    return "problems" in result ? JSON.stringify(result.problems) : "";
  };

  it("never appears in a problem, in whatever field it stands", () => {
    const anything = fc.oneof(
      fc.constant(marker),
      fc.constant([marker]),
      fc.constant({ [marker]: marker }),
      fc.constant({ url: [marker], kind: marker, timeout: marker, [marker]: { [marker]: marker } }),
      fc.constant([{ url: { [marker]: marker } }]),
    );
    const value = fc.record(Object.fromEntries(Object.keys(schema.shape).map((key) => [key, anything])));
    fc.assert(
      fc.property(value, (hostile) => {
        const text = allTexts(hostile);
        expect(text).not.toBe("");
        expect(text).not.toContain(marker);
      }),
    );
  });

  it("is not shown where a slip of the pen made it a key", () => {
    const urlAsKey = { "https://user:pass@rpc.example/KEY": null };
    const pinAsKey = { "123456": null };
    const longKey = { ["a".repeat(60_000)]: null };
    const escapeCodes = { "\x1b[2Jurl": null };
    for (const key of [urlAsKey, pinAsKey, longKey, escapeCodes]) {
      expect(problemsWith({ peer: { url: "u", ...key } })).toEqual([
        "peer.(not shown): is not a known key; known are url, timeout",
      ]);
    }
  });

  it("is not shown where it is a key of a record", () => {
    expect(problemsWith({ named: { "https://rpc.example/KEY": { url: "u" } } })).toEqual([
      "named.(not shown): invalid key in record",
    ]);
  });
});

it("checks ten thousand unknown keys in well under a second", () => {
  const hostile = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 1]));
  const spent = cpuMilliseconds(() => expect(() => check(schema, { ...sound, ...hostile }, "body")).toThrow());
  expect(spent, "milliseconds of CPU time").toBeLessThan(2_000);
});

it("takes a JSON number for no object", () => {
  expect(() => check(schema, { ...sound, peer: parseJson("5") }, "body")).toThrow();
});
