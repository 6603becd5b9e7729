import { describe, expect, test } from "vitest";
import type { Dispute } from "../../../chain/source/chain.ts";
import { createEndpoint, type Endpoint } from "../../../chain/source/endpoint.ts";
import { createQuorum } from "../../../chain/source/quorum.ts";
import { rejection } from "../../shared/refusal.ts";

const observer = { exchange: () => {}, dispute: (_dispute: Dispute) => {}, quorumFailure: () => {} };
const endpoints: readonly Endpoint[] = ["a", "b", "c"].map(
  (label) => createEndpoint({ chain: "alpha", label, aside: false, mostAtOnce: 8, observer }).endpoint,
);
const question = { name: "eth_call", parameters: [], height: undefined };

/** Asks all three; those named here answer with something that our own code falls over. */
function ask(...hostile: readonly string[]): Promise<string> {
  return createQuorum(endpoints, { chain: "alpha", quorum: 2 }, observer).decide(question, async ({ label }) => {
    if (hostile.includes(label)) throw new RangeError("Maximum call stack size exceeded");
    return "truth";
  });
}

describe("an answer that our own code falls over", () => {
  test("is one provider's fault, and the others decide", async () => {
    expect(await ask("a")).toBe("truth");
  });

  test("of too many providers is no quorum, and the reason names it", async () => {
    const { data } = await rejection("rpc_no_quorum", ask("a", "c"));
    expect(data.reason).toContain("a: its answer cannot be read (RangeError)");
  });
});
