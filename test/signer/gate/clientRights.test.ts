import { describe, expect, it } from "vitest";
import { clientRights } from "../../../signer/gate/clientRights.ts";
import { sampleClient, sampleRequest, sampleRoute } from "../samples.ts";

describe("client rights", () => {
  const request = sampleRequest();
  const route = sampleRoute();

  it.each([
    ["a route that the client lists", ["one-to-two"], "pass"],
    ["one of several that it lists", ["two-to-one", "one-to-two"], "pass"],
    ["a route that it does not list", ["two-to-one"], "deny"],
    ["a client without any", [], "deny"],
    ["a name that only begins alike", ["one-to-two-b", "one"], "deny"],
  ])("judge %s", async (_what, routes, decision) => {
    const judgement = await clientRights.judge({ client: sampleClient({ routes }), request, route });
    expect(judgement.decision).toBe(decision);
  });

  it.each([
    [["read", "audit"], "deny"],
    [["attest"], "pass"],
    [["read", "verulink"], "pass"],
  ] as const)("judge a client with the operations %s", (operations, decision) => {
    const judgement = clientRights.judge({ client: sampleClient({ operations: [...operations] }), request, route });
    expect(judgement.decision).toBe(decision);
  });

  it("name client and route in the denial", async () => {
    expect(await clientRights.judge({ client: sampleClient({ routes: [] }), request, route })).toEqual({
      decision: "deny",
      reason: "client chain-a has no right to route one-to-two",
      inputs: { client: "chain-a", route: "one-to-two" },
    });
  });

  it("deny a route of a scheme that the client does not list", async () => {
    expect(await clientRights.judge({ client: sampleClient({ schemes: [] }), request, route })).toEqual({
      decision: "deny",
      reason: "client chain-a has no right to scheme verulink-evm",
      inputs: { client: "chain-a", route: "one-to-two", scheme: "verulink-evm" },
    });
  });
});
