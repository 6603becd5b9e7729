import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChainConfig } from "../../../chain/config.ts";
import { type Chain, type Dispute, openChain, type Sighting } from "../../../chain/source/index.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { Secret } from "../../../shared/config/index.ts";
import { harmless, lies, otherWordInEvents } from "../../support/lyingProvider.ts";
import { bridgeIds, evmIds, makeFinal, startTestBridge, type TestBridge } from "../support/bridge.ts";
import { attestorKey } from "../support/peers.ts";
import { type Lie, startRpcProxy } from "../support/rpcProxy.ts";
import { judge } from "./judge.ts";

/** Everything that a packet needs before it is signed, as of one moment; the chain stands still in this file. */
interface Seen {
  readonly probe: undefined;
  readonly final: { readonly height: number };
  readonly counter: bigint;
  readonly packets: readonly Sighting[];
  readonly differences: readonly (string | undefined)[];
}

let bridge: TestBridge;
let start: number;
let truth: Seen;
beforeAll(async () => {
  bridge = await startTestBridge([new Wallet(attestorKey).address]);
  start = (await bridge.transfer({ amount: 70n })).blockNumber;
  await bridge.transfer({ amount: 71n });
  await bridge.transfer({ amount: 72n });
  await makeFinal(bridge.source);
  await makeFinal(bridge.source);
  const direct = view([bridge.source.url]);
  truth = await seenBy(direct);
  direct.close();
  expect(truth.packets).toHaveLength(3);
});
afterAll(() => bridge.close());

function view(urls: readonly string[], timeout = 60_000, disputes: Dispute[] = []): Chain {
  const config: ChainConfig = {
    name: "alpha",
    family: "evm",
    chainId: bridgeIds.source,
    evmChainId: BigInt(evmIds.source),
    providers: urls.map((url, index) => ({
      label: `p${index}`,
      url: new Secret(url),
      operator: undefined,
      aside: false,
    })),
    quorum: undefined,
    anchor: undefined,
    singleSource: urls.length === 1 ? "accepted" : undefined,
    finality: "finalized",
    depth: 0,
    pollInterval: 50,
    timeout,
    maximumRange: 1_000,
  };
  const dispute = (found: Dispute) => disputes.push(found);
  return openChain(config, { exchange: () => {}, dispute, quorumFailure: () => {} }, systemClock);
}

/** Does something with a view of the chain through three providers that lie so. */
async function through(
  told: readonly (Lie | undefined)[],
  look: (chain: Chain, disputes: readonly Dispute[]) => Promise<void>,
  timeout?: number,
): Promise<void> {
  const disputes: Dispute[] = [];
  const proxies = await Promise.all(told.map(() => startRpcProxy(bridge.source.url)));
  for (const [index, proxy] of proxies.entries()) proxy.lie = told[index];
  const urls = proxies.map(({ url }) => url);
  const chain = view(urls, timeout, disputes);
  try {
    await look(chain, disputes);
  } finally {
    chain.close();
    await Promise.all(proxies.map((proxy) => proxy.down()));
  }
}

const sourceOf = (chain: Chain) =>
  chain.packetSource({
    bridge: bridge.sides[0].bridge,
    destination: { chainId: bridgeIds.destination, family: "evm" },
  });

async function seenBy(chain: Chain): Promise<Seen> {
  const probe = (await chain.probe()) as undefined;
  const { final } = await chain.heads();
  const source = sourceOf(chain);
  const packets = await source.dispatchedIn(start, final.height);
  const counter = await source.counterAt(final.height);
  const again = packets.map((packet) => source.differenceNow(packet, final.height));
  return { probe, final, counter, packets, differences: await Promise.all(again) };
}

const names = Object.keys(lies);
/** Whoever tells them is given up after the time-out. */
const silent = ["never answers", "begins to answer and stops"];
const liarOf = (name: string) => names.indexOf(name) % 3;

describe.concurrent("with two honest providers of three, nothing but the truth is seen, and none of the two is blamed, where the third", () => {
  test.for(names)("%s", async (name) => {
    const liar = liarOf(name);
    const told = [0, 1, 2].map((index) => (index === liar ? lies[name] : undefined));
    await through(told, async (chain, disputes) => {
      expect(await seenBy(chain)).toEqual(truth);
      for (const { dissenting } of disputes) expect(dissenting).toEqual([`p${liar}`]);
    });
  });

  test("changes any one word of every event", async () => {
    const { data } = await firstLog();
    const words = (data.length - 2) / 64;
    expect(words).toBeGreaterThan(15);
    for (let index = 0; index < words; index += 1) {
      await through([undefined, otherWordInEvents(index), undefined], async (chain) => {
        expect(await seenBy(chain)).toEqual(truth);
      });
    }
  });
});

async function firstLog(): Promise<{ data: string }> {
  const receipt = await bridge.source.provider.getTransactionReceipt(truth.packets[0]?.transactionHash ?? "");
  const log = receipt?.logs.at(-1);
  if (!log) throw new Error("the packet's log was not found");
  return log;
}

describe.concurrent("with one honest provider of three, another gone, no lie is believed and no packet can be signed where the third", () => {
  test.for(names)("%s", async (name) => {
    const { height } = truth.final;
    const timeout = silent.includes(name) ? 1_000 : 60_000;
    await through(
      [lies[name], lies["is broken"], undefined],
      async (chain) => {
        const source = sourceOf(chain);
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
        ]);
        if (harmless.has(name)) expect([heads, ...reads]).not.toContain("refused");
        else expect([heads, ...reads]).toContain("refused");
      },
      timeout,
    );
  });
});
