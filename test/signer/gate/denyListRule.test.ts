import { describe, expect, it } from "vitest";
import { denyListRule } from "../../../signer/gate/index.ts";
import { addresses, sampleClient, sampleRequest, sampleRoute } from "../samples.ts";

function judge(listed: readonly string[], result: "white" | "flagged" = "white") {
  const rule = denyListRule({ now: () => ({ version: "sha256:1", has: (address) => listed.includes(address) }) });
  return rule.judge({ client: sampleClient(), request: sampleRequest({}, result), route: sampleRoute() });
}

describe("the deny list rule", () => {
  it.each([
    ["sender_address", addresses.sender],
    ["receiver_address", addresses.receiver],
    ["dest_token_address", addresses.token],
  ])("denies white where %s is listed", (field, address) => {
    expect(judge([address])).toEqual({
      decision: "deny",
      reason: `packet.message.${field} is on the signer's deny list; it can only be attested flagged`,
      inputs: { field: `packet.message.${field}`, found: address, list: "sha256:1" },
    });
  });

  it("lets the same packet through as flagged", () => {
    expect(judge([addresses.sender], "flagged")).toEqual({ decision: "pass" });
  });

  it("lets others through, and says by which version of the list", () => {
    expect(judge([addresses.aleo])).toEqual({ decision: "pass", inputs: { list: "sha256:1" } });
  });

  it("lets everybody through where there is no list", () => {
    const submission = { client: sampleClient(), request: sampleRequest(), route: sampleRoute() };
    expect(denyListRule(undefined).judge(submission)).toEqual({ decision: "pass" });
  });
});
