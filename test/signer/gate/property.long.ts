import { describe, it } from "vitest";
import { expectNoViolation, expectViolation } from "./property/expectations.ts";
import { sabotages } from "./property/sabotages.ts";

describe("the gate", () => {
  it("lets through nothing that a rule forbids, whatever happens in whatever order", () => expectNoViolation(1_500));
});

describe("the test of the gate", () => {
  it.each(Object.entries(sabotages))("finds a gate %s", (_name, sabotage) => expectViolation(sabotage));
});
