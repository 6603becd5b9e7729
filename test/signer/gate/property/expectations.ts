import { expect } from "vitest";
import { chosenSeed } from "../../../support/random.ts";
import { findViolation } from "./checkGate.ts";
import type { Sabotage } from "./gateWorld.ts";

/** Random histories, as many as `runs` says, lead to no attestation that a rule forbids. */
export async function expectNoViolation(runs: number): Promise<void> {
  const seed = chosenSeed();
  console.log(`gate property test: seed ${seed}`);
  const { found, met } = await findViolation({ seed, runs });
  expect(found).toBeUndefined();
  expect(met.approved, "the histories must meet attestations").toBeGreaterThan(runs / 4);
  expect(met.held, "the histories must meet holds").toBeGreaterThan(runs);
}

/** Random histories find out that a gate is broken. */
export async function expectViolation(sabotage: Sabotage): Promise<void> {
  const seed = chosenSeed();
  console.log(`broken gate: seed ${seed}`);
  const { found } = await findViolation({ seed, runs: 4_000, sabotage, shrink: false });
  expect(found).toContain("Error: ");
}
