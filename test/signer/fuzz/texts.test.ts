import { describe, expect, it } from "vitest";
import { fuzzCheckpoints, fuzzInterchange, fuzzLedgerFile } from "./files.ts";
import { fuzzApprovals, fuzzPolicyChanges, fuzzPolicyTexts } from "./policies.ts";

describe("a text that is spoilt at random", { timeout: 120_000 }, () => {
  it("is a policy, or is refused", () => fuzzPolicyTexts(300));

  it("changes what one operator may change, and takes two where it allows more", async () => {
    const { applied, takeTwo } = await fuzzPolicyChanges(100);
    expect(applied).toBeGreaterThan(5);
    expect(takeTwo).toBeGreaterThan(10);
  });

  it("approves nothing", () => fuzzApprovals(300));
  it("vouches for no other chain", () => fuzzCheckpoints(100));
  it("is refused as a history, or is one that holds together", () => fuzzInterchange(60));
});

describe("a ledger's file whose bytes are spoilt at random", { timeout: 120_000 }, () => {
  it("is verified, refused or found changed", () => fuzzLedgerFile(100));
});
