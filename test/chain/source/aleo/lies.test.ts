import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Block, Chain, Dispute, Sighting } from "../../../../chain/source/index.ts";
import { type AleoRest, startAleoRest } from "../../../../cli/up/aleoStandIn/index.ts";
import type { Behaviour } from "../../../../cli/up/aleoStandIn/rest.ts";
import { aleoLies, harmlessAleoLies } from "../../../support/aleo/lies.ts";
import { type AleoNodes, aleoIds, startAleoNodes } from "../../../support/aleo/nodes.ts";
import { judge } from "../judge.ts";
import { aleoSourceOf, aleoView } from "./view.ts";

/** Everything that a packet needs before it is signed, as of one moment; the chain stands still in this file. */
interface Seen {
  readonly final: Block;
  readonly counter: bigint;
  readonly packets: readonly Sighting[];
  readonly differences: readonly (string | undefined)[];
  readonly consumed: readonly unknown[];
}

let nodes: AleoNodes;
let start: number;
let truth: Seen;
beforeAll(async () => {
  nodes = await startAleoNodes(1);
  nodes.publish();
  start = nodes.publish({ amount: 70n }).height;
  nodes.publish({ amount: 71n });
  nodes.advance(1);
  nodes.publish({ amount: 72n });
  const consumed = { program: aleoIds.program, mapping: "in_packet_consumed", value: "true" };
  nodes.ledger.commit(nodes.now() + 1, [{ ...consumed, key: "{chain_id:2u128,sequence:1u64}" }]);
  nodes.advance(2);
  const direct = aleoView(nodes.nodes.map(({ url }) => url));
  truth = await seenBy(direct);
  direct.close();
  expect(truth.packets).toHaveLength(3);
  expect(truth.consumed).toEqual([{ packetHash: undefined }, undefined]);
});
afterAll(() => nodes.close());

const targetOf = (chain: Chain) => chain.packetTarget({ bridge: aleoIds.program, sourceChainId: 2n });

async function seenBy(chain: Chain): Promise<Seen> {
  await chain.probe();
  const { final } = await chain.heads();
  const source = aleoSourceOf(chain);
  const packets = await source.dispatchedIn(start, final.height);
  const counter = await source.counterAt(final.height);
  const differences = await Promise.all(packets.map((packet) => source.differenceNow(packet, final.height)));
  const target = targetOf(chain);
  const consumed = await Promise.all([1n, 2n].map((sequence) => target.consumed(sequence, final.height)));
  return { final, counter, packets, differences, consumed };
}

/** Does something with a view of the chain through nodes of its own that behave so. */
async function through(
  told: readonly (Behaviour | undefined)[],
  look: (chain: Chain, disputes: readonly Dispute[], rests: readonly AleoRest[]) => Promise<void>,
  timeout = 20_000,
): Promise<void> {
  const disputes: Dispute[] = [];
  const rests = await Promise.all(told.map(() => startAleoRest(nodes.ledger)));
  for (const [index, rest] of rests.entries()) rest.behaviour = told[index];
  const urls = rests.map(({ url }) => url);
  const chain = aleoView(urls, { timeout }, { dispute: (dispute) => disputes.push(dispute) });
  try {
    await look(chain, disputes, rests);
  } finally {
    chain.close();
    await Promise.all(rests.map((rest) => rest.close()));
  }
}

const names = Object.keys(aleoLies);
const liarOf = (name: string) => names.indexOf(name) % 3;

describe.concurrent("with two honest nodes of three, nothing but the truth is seen, and none of the two is blamed, where the third", () => {
  test.for(names)("%s", async (name) => {
    const liar = liarOf(name);
    const told = [0, 1, 2].map((index) => (index === liar ? aleoLies[name] : undefined));
    await through(told, async (chain, disputes) => {
      expect(await seenBy(chain)).toEqual(truth);
      for (const { dissenting } of disputes) expect(dissenting).toEqual([`p${liar}`]);
    });
  });
});

test("a node that has lied about heights is not blamed any more once it tells the truth", async () => {
  await through([undefined, aleoLies["changes height of every packet"], undefined], async (chain, disputes, rests) => {
    await chain.heads();
    const source = aleoSourceOf(chain);
    expect(await source.counterAt(start)).toBe(2n);
    await vi.waitFor(() => expect(disputes.length).toBe(1), { timeout: 30_000 });
    for (const rest of rests) rest.behaviour = undefined;
    for (let round = 0; round < 5; round += 1) expect(await source.counterAt(start)).toBe(2n);
    await pause(200); // the last to answer is compared after the others have agreed
    expect(disputes.length).toBe(1);
  });
});

test("a node that counts far too many packets, and shows them all, is asked for no more than the others agree on", async () => {
  let asked = 0;
  const packet = (height: number) => JSON.stringify(`{\n  height: ${height}u64\n}`);
  const inventor: Behaviour = ({ path }) => {
    const said = (data: string) => ({ status: 200, text: `{"data":${data},"height":${nodes.ledger.height()}}` });
    if (path.includes("/mapping/sequences/")) return said('"5000u64"');
    if (!path.includes("/mapping/out_packets/")) return undefined;
    asked += 1;
    return said(packet(start));
  };
  await through([undefined, inventor, undefined], async (chain) => {
    await chain.heads();
    expect(await aleoSourceOf(chain).dispatchedIn(start, truth.final.height)).toEqual(truth.packets);
    await pause(500); // what it is still asked after the others have agreed
    expect(asked).toBeLessThan(100);
  });
});

describe.concurrent("with one honest node of three, another gone, no lie is believed and no packet can be signed where the third", () => {
  test.for(names)("%s", async (name) => {
    const { height } = truth.final;
    await through(
      [aleoLies[name], aleoLies["is broken"], undefined],
      async (chain) => {
        const source = aleoSourceOf(chain);
        const heads = await judge(chain.heads(), ({ final }) => {
          expect(final.height).toBeLessThanOrEqual(height); // an older block that is true is no lie
          if (final.height === height) expect(final).toEqual(truth.final);
        });
        const reads = await Promise.all([
          judge(chain.probe(), () => {}),
          judge(source.dispatchedIn(start, height), (packets) => expect(packets).toEqual(truth.packets)),
          judge(source.counterAt(height), (counter) => expect(counter).toBe(truth.counter)),
          ...truth.packets.map((packet) =>
            judge(source.differenceNow(packet, height), (difference) => expect(difference).toBeUndefined()),
          ),
          judge(targetOf(chain).consumed(2n, height), (consumed) => expect(consumed).toBeUndefined()),
        ]);
        if (harmlessAleoLies.has(name)) expect([heads, ...reads]).not.toContain("refused");
        else expect([heads, ...reads]).toContain("refused");
      },
      name === "never answers" ? 500 : undefined,
    );
  });
});
