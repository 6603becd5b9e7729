import { expect, test } from "vitest";
import type { Block, Dispute } from "../../../chain/source/chain.ts";
import { createEndpoint } from "../../../chain/source/endpoint.ts";
import { readHeads } from "../../../chain/source/heads.ts";
import { createQuorum } from "../../../chain/source/quorum.ts";
import { rejection } from "../../shared/refusal.ts";

interface Provider {
  readonly newest: number;
  readonly blockAt: (height: number) => Block;
}
const truth = (height: number): Block => ({
  height,
  hash: `0xa${height}`,
  parentHash: `0xa${height - 1}`,
  timestamp: height,
});
const lie = (height: number): Block => ({ ...truth(height), hash: `0xbad${height}` });

/** Two of three providers decide; each calls its newest block final. */
function headsOf(providers: Readonly<Record<string, Provider>>) {
  const observer = { exchange: () => {}, dispute: (_dispute: Dispute) => {}, quorumFailure: () => {} };
  const endpoints = Object.keys(providers).map(
    (label) => createEndpoint({ chain: "alpha", label, aside: false, mostAtOnce: 8, observer }).endpoint,
  );
  const of = (label: string) => providers[label] as Provider;
  const quorum = createQuorum(endpoints, { chain: "alpha", quorum: 2 }, observer);
  return readHeads(
    endpoints,
    {
      chain: "alpha",
      quorum: 2,
      claimsOf: async ({ label }) => ({ latest: of(label).newest, final: of(label).newest }),
      block: (height) =>
        quorum.decide({ name: "block", parameters: [height], height }, async ({ label }) => of(label).blockAt(height)),
      unusable: (reason) => new Error(reason) as never,
    },
    observer,
  );
}

test("the newest final block is the one that a quorum has, though a third lies about it", async () => {
  const { final } = await headsOf({
    ahead: { newest: 11, blockAt: truth },
    behind: { newest: 10, blockAt: truth },
    liar: { newest: 99, blockAt: lie },
  });
  expect(final).toEqual(truth(10));
});

test("where no two say the same of any, there is none", async () => {
  const { data } = await rejection(
    "rpc_no_quorum",
    headsOf({
      one: { newest: 11, blockAt: truth },
      other: { newest: 10, blockAt: (height) => ({ ...truth(height), hash: `0xc${height}` }) },
      liar: { newest: 99, blockAt: lie },
    }),
  );
  expect(data.kind).toBe("disagreement");
});
