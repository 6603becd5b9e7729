import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  parseActivations,
  peerLines,
  policyLines,
  refuseBadName,
  refuseMissingRoutes,
} from "../../../cli/rotation/successorSettings.ts";

const startSequence = 3n;
const routes = [
  { name: "a-to-b", key: "to-b", startSequence },
  { name: "c-to-b", key: "first", startSequence, successors: [{ key: "to-b", fromSequence: 5n }] },
  { name: "d-to-b", key: "to-b", startSequence, successors: [{ key: "other", fromSequence: 5n }] },
];

describe("a successor's name", () => {
  const keys = [{ name: "to-b" }, { name: "audit" }];
  it("is one that signer.yaml takes, and no other key's", () => {
    expect(() => refuseBadName("to-b-2", keys)).not.toThrow();
    expect(() => refuseBadName("To B", keys)).toThrow("--label: To B must be");
    expect(() => refuseBadName("audit", keys)).toThrow("--label: there is a key audit already");
  });
});

describe("a successor's activations", () => {
  it("are a sequence for each route", () => {
    expect(parseActivations("a-to-b=10, c-to-b=20")).toEqual([
      { route: "a-to-b", fromSequence: 10n },
      { route: "c-to-b", fromSequence: 20n },
    ]);
  });

  it.each(["", "a-to-b", "a-to-b=0", "a-to-b=x", "a-to-b=1,", "a-to-b=1,a-to-b=2"])("are not %j", (text) => {
    expect(() => parseActivations(text)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("name every route that the key signs last, and no other", () => {
    const refuse = (text: string) => () => refuseMissingRoutes("to-b", routes, parseActivations(text));
    expect(refuse("a-to-b=10,c-to-b=20")).not.toThrow();
    expect(refuse("a-to-b=10")).toThrow("--from lacks c-to-b");
    expect(refuse("a-to-b=10,c-to-b=20,d-to-b=30")).toThrow("key to-b is not the last key of d-to-b");
  });

  it("begin after the key before has begun: no policy could take them otherwise", () => {
    const refuse = (text: string) => () => refuseMissingRoutes("to-b", routes, parseActivations(text));
    expect(refuse("a-to-b=4,c-to-b=6")).not.toThrow();
    expect(refuse("a-to-b=3,c-to-b=6")).toThrow("--from a-to-b=3 must be above 3, where key to-b begins");
    expect(refuse("a-to-b=4,c-to-b=5")).toThrow("--from c-to-b=5 must be above 5, where key to-b begins");
  });

  it("become lines of a policy", () => {
    const lines = policyLines("to-b-2", parseActivations("a-to-b=10"));
    expect(lines).toBe("# route a-to-b\nsuccessors:\n  - key: to-b-2\n    fromSequence: 10");
  });

  it("become lines of chain.yaml and collector.yaml", () => {
    const lines = peerLines({ attestor: "0xnew", succeeds: "0xold" }, parseActivations("a-to-b=10"));
    const [chain, collector] = lines.split(/(?=# collector)/).map((text) => parse(text));
    expect(chain).toEqual({ successors: [{ attestor: "0xnew", fromSequence: 10 }] });
    expect(collector).toEqual({ successors: [{ attestor: "0xnew", succeeds: "0xold", fromSequence: 10 }] });
    expect(lines).toMatch(/^# chain.yaml, route a-to-b$/m);
  });
});
