import { describe, expect, it } from "vitest";
import { findViolation } from "./property/checkGate.ts";
import { expectNoViolation, expectViolation } from "./property/expectations.ts";
import { runHistory } from "./property/history.ts";
import { everything } from "./property/knobs.ts";
import { sabotages } from "./property/sabotages.ts";

/** Those that random histories find soonest; property.long.ts has all of them. */
const soon = [
  "without the route rule",
  "without the single limit",
  "without the sequence jump",
  "without the announcement",
  "without drops",
  "without agreement",
  "without pauses",
  "with a clock that is always believed",
  "with a hold that only delays",
];

describe("the gate", { timeout: 300_000 }, () => {
  it("lets through nothing that a rule forbids, whatever happens in whatever order", () => expectNoViolation(70));

  it("gives away nothing while it is paused, not even by way of the other verdict", async () => {
    const asks = (variant: "usual" | "flagged") =>
      ({ kind: "ask", clients: ["chain-a"], sequence: 3, variant, keeperFails: false, dryRun: false }) as const;
    const pause = { kind: "pause", operator: "olga", everything: false } as const;
    const report = await runHistory(everything, [asks("usual"), pause, asks("flagged")]);
    expect(report).toEqual({ violations: [], approved: 1, held: 1 });
  });
});

describe("the test of the gate", { timeout: 300_000 }, () => {
  it.each(soon)("finds a gate %s", async (name) => expectViolation(sabotages[name] ?? {}));

  it("tells the shortest history that shows it", async () => {
    const sabotage = sabotages["without pauses"] ?? {};
    const seed = 3; // one that meets it early: others take ten times as long
    const { found } = await findViolation({ seed, runs: 1_000, sabotage });
    expect(found).toMatch(/^Error: (the key was asked|an attestation left) while it is paused/);
    expect(found?.match(/"kind"/g)?.length).toBeLessThan(5);
  });
});
