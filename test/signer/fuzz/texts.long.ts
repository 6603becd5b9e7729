import { describe, it } from "vitest";
import { fuzzCheckpoints, fuzzInterchange, fuzzLedgerFile } from "./files.ts";
import { fuzzApprovals, fuzzPolicyChanges, fuzzPolicyTexts } from "./policies.ts";

describe("a text that is spoilt at random", () => {
  it("is a policy, or is refused", () => fuzzPolicyTexts(10_000));
  it("changes what one operator may change, and takes two where it allows more", async () => {
    await fuzzPolicyChanges(5_000);
  });
  it("approves nothing", () => fuzzApprovals(10_000));
  it("vouches for no other chain", () => fuzzCheckpoints(2_000));
  it("is refused as a history, or is one that holds together", () => fuzzInterchange(1_000));
});

describe("a ledger's file whose bytes are spoilt at random", () => {
  it("is verified, refused or found changed", () => fuzzLedgerFile(2_000));
});
