import { Wallet } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ChainConfig } from "../../../chain/config.ts";
import { type Chain, type Dispute, openChain } from "../../../chain/source/index.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { Secret } from "../../../shared/config/index.ts";
import { lies } from "../../support/lyingProvider.ts";
import { bridgeIds, evmIds, latestHeight, makeFinal, startTestBridge, type TestBridge } from "../support/bridge.ts";
import { attestorKey } from "../support/peers.ts";
import { type Lie, type RpcProxy, startRpcProxy } from "../support/rpcProxy.ts";
import { until } from "../support/until.ts";

let bridge: TestBridge;
let providers: readonly RpcProxy[];
let chain: Chain;
const disputes: Dispute[] = [];
beforeAll(async () => {
  bridge = await startTestBridge([new Wallet(attestorKey).address]);
});
beforeEach(async () => {
  providers = await Promise.all([0, 1, 2].map(() => startRpcProxy(bridge.source.url)));
  disputes.length = 0;
  const config: ChainConfig = {
    name: "alpha",
    family: "evm",
    chainId: bridgeIds.source,
    evmChainId: BigInt(evmIds.source),
    providers: providers.map(({ url }, index) => ({
      label: `p${index}`,
      url: new Secret(url),
      operator: undefined,
      aside: false,
    })),
    quorum: undefined,
    anchor: undefined,
    singleSource: undefined,
    finality: "finalized",
    depth: 0,
    pollInterval: 50,
    timeout: 60_000,
    maximumRange: 1_000,
  };
  const dispute = (found: Dispute) => disputes.push(found);
  chain = openChain(config, { exchange: () => {}, dispute, quorumFailure: () => {} }, systemClock);
});
afterEach(async () => {
  chain.close();
  await Promise.all(providers.map((provider) => provider.down()));
});
afterAll(() => bridge.close());

const source = () =>
  chain.packetSource({
    bridge: bridge.sides[0].bridge,
    destination: { chainId: bridgeIds.destination, family: "evm" },
  });

/** Names older final blocks than there are, and does with all else what another lie does. */
function behind(height: number, lie: Lie): Lie {
  return async (request, honest) => {
    if (request.params[0] !== "finalized") return lie(request, honest);
    return { result: { ...((await honest()) as object), number: `0x${height.toString(16)}` } };
  };
}

const logQuestions = () => providers[0]?.requests.filter(({ method }) => method === "eth_getLogs").length ?? 0;

/** A packet in a final block that the first provider does not call final yet, and has shown as that lie does. */
async function readTooEarly(lie: Lie): Promise<void> {
  const { blockNumber } = await bridge.transfer();
  await makeFinal(bridge.source);
  const [liar] = providers;
  if (liar) liar.lie = behind(blockNumber - 1, lie);
  await chain.heads();
  expect(await source().dispatchedIn(blockNumber, (await latestHeight(bridge.source)) - 2)).toHaveLength(1);
  await until("the first provider to be asked", () => logQuestions() > 0);
}

test("whoever lies about a block before he calls it final is asked again once he does, and is a liar then", async () => {
  const lie = lies["drops all logs"] as Lie;
  await readTooEarly(lie);
  expect(disputes).toEqual([]);
  await chain.heads();
  expect(disputes).toEqual([]);
  if (providers[0]) providers[0].lie = lie;
  const [found] = await until("the dispute", async () => {
    await chain.heads();
    return disputes.length > 0 && disputes;
  });
  expect(found).toMatchObject({ question: "eth_getLogs", dissenting: ["p0"], agreed: expect.stringContaining("0x") });
});

test("whoever says by then what the others say is none", async () => {
  await readTooEarly(lies["drops all logs"] as Lie);
  const asked = logQuestions();
  if (providers[0]) providers[0].lie = undefined;
  await until("the question to be put again", async () => {
    await chain.heads();
    return logQuestions() > asked;
  });
  await chain.heads();
  expect(disputes).toEqual([]);
  expect(logQuestions()).toBe(asked + 1);
});
