import { describe, it } from "vitest";
import { fuzzCheckpoints, fuzzInterchange, fuzzLedgerFile } from "./files.ts";
import { fuzzApprovals, fuzzPolicyChanges, fuzzPolicyTexts } from "./policies.ts";

describe("a text that is spoilt at random", () => {
  it("is a policy, or is refused", () => fuzzPolicyTexts(3_000));
  it("changes what one operator may change, and takes two where it allows more", async () => {
    await fuzzPolicyChanges(800);
  });
  it("approves nothing", () => fuzzApprovals(3_000));
  it("vouches for no other chain", () => fuzzCheckpoints(1_000));
  it("is refused as a history, or is one that holds together", () => fuzzInterchange(800));
});

describe("a ledger's file whose bytes are spoilt at random", () => {
  it("is verified, refused or found changed", () => fuzzLedgerFile(800));
});
