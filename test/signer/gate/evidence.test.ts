import { describe, expect, it } from "vitest";
import type { Assurance } from "../../../shared/wire/index.ts";
import { sampleRequest } from "../samples.ts";
import { gateBench, hour } from "./bench.ts";

const reserved = { state: "reserved" };

describe("a route's minimum assurance", () => {
  it.each<[Assurance | undefined, Assurance, number | undefined, object | Assurance]>([
    [undefined, "claimed", undefined, "claimed"],
    ["claimed", "claimed", undefined, "claimed"],
    [undefined, "proved", undefined, "proved"],
    ["proved", "proved", undefined, "proved"],
    ["proved", "claimed", undefined, { minimum: "proved", reached: "claimed" }],
    ["proved", "claimed", 2, { minimum: "proved", reached: "agreed-2" }],
    ["agreed-2", "claimed", undefined, { minimum: "agreed-2", reached: "claimed" }],
    ["agreed-3", "claimed", 2, { minimum: "agreed-3", reached: "agreed-2" }],
    ["agreed-3", "proved", undefined, "proved"],
  ])("%s, with evidence %s and agreement of %s", async (minimum, evidence, agreement, outcome) => {
    const bench = gateBench({
      ...(minimum === undefined ? {} : { minimumAssurance: minimum }),
      ...(agreement === undefined ? {} : { agreement }),
    });
    const decided = await bench.ask(sampleRequest(), "chain-a", evidence);
    if (typeof outcome === "object") {
      expect(decided).toMatchObject({ outcome: "denied", rule: "evidence", inputs: outcome });
      return;
    }
    expect(decided).toEqual(reserved);
    const stored = bench.state.read((database) => database.prepare("SELECT assurance FROM attestations").pluck().get());
    expect(stored).toBe(outcome);
  });

  it("does not deny what agreement is still to vouch for", async () => {
    const bench = gateBench({ minimumAssurance: "agreed-2", agreement: 2 });
    expect(await bench.ask(sampleRequest(), "chain-a")).toMatchObject({ outcome: "held", reason: "agreement" });
    expect(await bench.ask(sampleRequest(), "chain-b")).toEqual(reserved);
  });

  it("outweighs a hold of a rule before it", async () => {
    const bench = gateBench({ minimumAssurance: "proved", signerWait: hour });
    expect(await bench.ask(sampleRequest())).toMatchObject({ outcome: "denied", rule: "evidence" });
  });
});
