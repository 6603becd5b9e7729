import { Contract, Wallet, ZeroAddress } from "ethers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { EvmChainConfig } from "../../../chain/config.ts";
import { type Chain, type ChainObserver, openChain } from "../../../chain/source/index.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { Secret } from "../../../shared/config/index.ts";
import { rejection } from "../../shared/refusal.ts";
import {
  bridgeIds,
  evmIds,
  latestHeight,
  makeFinal,
  someReceiver,
  startTestBridge,
  type TestBridge,
} from "../support/bridge.ts";
import { attestorKey, freePort } from "../support/peers.ts";
import { type Lie, type RpcProxy, secretPath, startRpcProxy } from "../support/rpcProxy.ts";

let bridge: TestBridge;
let rpc: RpcProxy;
const opened: Chain[] = [];
beforeAll(async () => {
  bridge = await startTestBridge([new Wallet(attestorKey).address]);
  rpc = await startRpcProxy(bridge.source.url);
});
afterEach(() => {
  rpc.lie = undefined;
  for (const chain of opened.splice(0)) chain.close();
});
afterAll(async () => {
  await rpc.down();
  await bridge.close();
});

function chain(
  changes: Partial<EvmChainConfig> = {},
  url = rpc.url,
  exchange: ChainObserver["exchange"] = () => {},
): Chain {
  const config: EvmChainConfig = {
    name: "alpha",
    family: "evm",
    chainId: bridgeIds.source,
    evmChainId: BigInt(evmIds.source),
    providers: [{ label: "node", url: new Secret(url), operator: undefined, aside: false }],
    quorum: undefined,
    anchor: undefined,
    singleSource: "accepted",
    finality: "finalized",
    depth: 0,
    pollInterval: 50,
    timeout: 10_000,
    maximumRange: 1_000,
    ...changes,
  };
  const view = openChain(config, { exchange, dispute: () => {}, quorumFailure: () => {} }, systemClock);
  opened.push(view);
  return view;
}
const destination = { chainId: bridgeIds.destination, family: "evm" } as const;
const source = (address = bridge.sides[0].bridge, view = chain()) =>
  view.packetSource({ bridge: address, destination });

describe("the chain id", () => {
  test("is probed", async () => {
    await chain().probe();
  });

  test("of another chain is refused, naming both", async () => {
    const error = await rejection("rpc_wrong_chain", chain({ evmChainId: 1n }).probe());
    expect(error.data).toEqual({ chain: "alpha", provider: "node", expected: "1", found: `${evmIds.source}` });
  });
});

describe("finality", () => {
  test("is the finalized tag where the depth has passed it too", async () => {
    await makeFinal(bridge.source);
    const height = await latestHeight(bridge.source);
    const heads = await chain().heads();
    expect(heads.latest.height).toBe(height);
    expect(heads.final.height).toBe(height - 2);
  });

  test("is the depth where the finalized tag has passed it", async () => {
    const height = await latestHeight(bridge.source);
    expect((await chain({ depth: 3 }).heads()).final.height).toBe(height - 3);
    expect((await chain({ depth: 1 }).heads()).final.height).toBe(height - 2);
  });

  test("is the depth alone where the configuration says so", async () => {
    const height = await latestHeight(bridge.source);
    expect((await chain({ finality: "depth", depth: 1 }).heads()).final.height).toBe(height - 1);
    expect((await chain({ finality: "depth", depth: 9_999 }).heads()).final.height).toBe(0);
  });

  test("of a provider without the tag is an unusable answer", async () => {
    rpc.lie = async ({ id, params }) =>
      params[0] === "finalized"
        ? { raw: JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32602, message: rpc.url } }) }
        : undefined;
    const error = await rejection("rpc_answer_unusable", chain().heads());
    expect(error.data.reason).toBe("eth_getBlockByNumber: JSON-RPC error -32602");
  });

  test("that is ahead of the latest block is an unusable answer", async () => {
    rpc.lie = async ({ params }, honest) =>
      params[0] === "finalized" ? { result: { ...((await honest()) as object), number: "0xfffff" } } : undefined;
    await rejection("rpc_answer_unusable", chain().heads());
  });
});

describe("an answer that is none", () => {
  const told =
    (answer: Awaited<ReturnType<Lie>>): Lie =>
    async () =>
      answer;
  test.each<[string, "rpc_unreachable" | "rpc_answer_unusable", Lie, string]>([
    ["HTTP 500", "rpc_unreachable", told({ status: 500 }), "HTTP 500"],
    ["HTTP 429", "rpc_unreachable", told({ status: 429 }), "HTTP 429"],
    ["a redirect", "rpc_unreachable", told({ status: 302 }), "HTTP 302"],
    [
      "HTML",
      "rpc_answer_unusable",
      told({ raw: "<html>limit reached</html>" }),
      "eth_chainId: the answer is not JSON-RPC",
    ],
    ["null", "rpc_answer_unusable", told({ raw: "null" }), "eth_chainId: the answer is not JSON-RPC"],
    [
      "an answer to another request",
      "rpc_answer_unusable",
      told({ raw: '{"jsonrpc":"2.0","id":99,"result":"0x1"}' }),
      "eth_chainId: the answer is not JSON-RPC",
    ],
    [
      "a number for a quantity",
      "rpc_answer_unusable",
      told({ result: 31_101 }),
      "eth_chainId: the result must be a quantity",
    ],
    ["no result", "rpc_answer_unusable", told({ result: null }), "eth_chainId: the result must be a quantity"],
  ])("%s", async (_what, code, lie, reason) => {
    rpc.lie = lie;
    const error = await rejection(code, chain().probe());
    expect(error.data).toEqual({ chain: "alpha", provider: "node", reason });
  });

  test("nobody at the address: named by label, the URL stays secret, health is told", async () => {
    const seen: unknown[] = [];
    const url = `http://127.0.0.1:${await freePort()}${secretPath}`;
    const error = await rejection("rpc_unreachable", chain({}, url, (exchange) => seen.push(exchange)).probe());
    expect(error.message).toBe("Chain alpha: provider node does not answer (ECONNREFUSED).");
    expect(error.stack).not.toContain(secretPath);
    expect(seen).toMatchObject([{ chain: "alpha", provider: "node", outcome: "unreachable", reason: error.message }]);
  });

  test("an endpoint that never answers is given up when the chain is closed", async () => {
    rpc.lie = () => new Promise(() => {});
    const view = chain();
    const asked = rejection("rpc_unreachable", view.probe());
    view.close();
    await asked;
  });
});

describe("the contract", () => {
  test("is the one that sends to the route's destination", async () => {
    await source().check(await latestHeight(bridge.source));
    const target = chain({}, bridge.destination.url).packetTarget({
      bridge: bridge.sides[1].bridge,
      sourceChainId: 1n,
    });
    await target.check(await latestHeight(bridge.destination));
  });

  test.each<[string, () => string, RegExp]>([
    ["an address without code", () => ZeroAddress, /has no code: correct the address/],
    [
      "a contract that is no bridge",
      () => bridge.sides[0].token,
      /does not answer destinationChainId\(\) as a bridge does/,
    ],
  ])("%s is refused", async (_what, address, reason) => {
    const error = await rejection("contract_mismatch", source(address()).check(await latestHeight(bridge.source)));
    expect(error.data.reason).toMatch(reason);
  });

  test("a bridge to another chain is refused, naming both", async () => {
    const other = chain().packetSource({
      bridge: bridge.sides[0].bridge,
      destination: { ...destination, chainId: 7n },
    });
    const error = await rejection("contract_mismatch", other.check(await latestHeight(bridge.source)));
    expect(error.data.reason).toMatch(/is connected to chain 2, the route says 7/);
  });
});

describe("dispatched packets", () => {
  test("are found with block, place and canonical packet; their hash is the contract's own", async () => {
    const { sequence, blockHash, blockNumber, dispatchedAt, transactionHash } = await bridge.transfer({
      amount: 77n,
      receiver: someReceiver.toLowerCase(),
    });
    const [sighting, ...others] = await source().dispatchedIn(blockNumber, blockNumber);
    expect(others).toEqual([]);
    expect(sighting).toMatchObject({
      sequence,
      block: { height: blockNumber, hash: blockHash, timestamp: dispatchedAt },
      transactionHash,
      content: {
        packet: {
          version: 1,
          sequence,
          source: { chainId: 1n, address: bridge.sides[0].tokenService },
          destination: { chainId: 2n, address: bridge.sides[1].tokenService },
          message: { amount: 77n, receiverAddress: someReceiver },
          height: BigInt(blockNumber),
        },
      },
    });
    expect(JSON.parse(sighting?.dispatched ?? "")).toMatchObject({
      message: { receiver_address: someReceiver.toLowerCase(), amount: "77" },
    });
    const contract = new Contract(bridge.sides[0].bridge, bridge.artifacts.AttestedBridge.abi, bridge.source.provider);
    expect(sighting?.dispatchHash).toBe(await contract.getFunction("outgoingPackets").staticCall(sequence));
  });

  test.each([
    ["an amount beyond 128 bits", { amount: 2n ** 200n }, "message.amount: must be below 2^128", 4],
    ["a receiver that is none", { receiver: "somebody" }, "message.receiver_address: is not a valid EVM address", 2],
    ["a receiver that is no ASCII", { receiver: "é\n" }, "message.receiver_address: must be 1 to 128 printable", 2],
  ])("with %s are found whole, with the field named", async (_what, transfer, defect, account) => {
    const { sequence, blockNumber } = await bridge.transfer({ account, ...transfer });
    const [sighting] = await source().dispatchedIn(blockNumber, blockNumber);
    expect(sighting).toMatchObject({ sequence, content: { defect: expect.stringContaining(defect) } });
    const contract = new Contract(bridge.sides[0].bridge, bridge.artifacts.AttestedBridge.abi, bridge.source.provider);
    expect(sighting?.dispatchHash).toBe(await contract.getFunction("outgoingPackets").staticCall(sequence));
  });

  test("are counted by the contract at each height", async () => {
    const { sequence, blockNumber } = await bridge.transfer();
    const counted = source();
    expect(await counted.counterAt(blockNumber)).toBe(sequence);
    expect(await counted.counterAt(blockNumber - 1)).toBe(sequence - 1n);
    expect(await counted.counterAt(0)).toBe(0n);
  });

  test.each<[string, (log: Record<string, unknown>) => object]>([
    ["of another contract", () => ({ address: someReceiver })],
    ["of another event", () => ({ topics: [`0x${"00".repeat(32)}`] })],
    ["outside of the range", () => ({ blockNumber: "0x1" })],
    ["cut short", ({ data }) => ({ data: String(data).slice(0, -64) })],
    ["in a block that does not exist", () => ({ blockHash: `0x${"12".repeat(32)}` })],
    ["that is still pending", () => ({ blockNumber: null })],
  ])("that the provider shows %s make its answer unusable", async (_what, change) => {
    const { blockNumber } = await bridge.transfer();
    rpc.lie = async ({ method }, honest) => {
      if (method !== "eth_getLogs") return undefined;
      const logs = (await honest()) as Record<string, unknown>[];
      return { result: logs.map((log) => ({ ...log, ...change(log) })) };
    };
    await rejection("rpc_answer_unusable", source().dispatchedIn(blockNumber, blockNumber));
  });
});

describe("a packet that is read again", () => {
  async function seen() {
    const { blockNumber } = await bridge.transfer();
    await makeFinal(bridge.source);
    const view = source();
    const [sighting] = await view.dispatchedIn(blockNumber, blockNumber);
    if (!sighting) throw new Error("the packet was not found");
    return { view, sighting, height: await latestHeight(bridge.source) };
  }

  test("is the same while nothing has changed", async () => {
    const { view, sighting, height } = await seen();
    expect(await view.differenceNow(sighting, height)).toBeUndefined();
  });

  const swap =
    (wanted: string, change: (result: Record<string, unknown>) => unknown): Lie =>
    async ({ method }, honest) =>
      method === wanted ? { result: change((await honest()) as Record<string, unknown>) } : undefined;
  const inLogs = (change: object) => (receipt: Record<string, unknown>) => ({
    ...receipt,
    logs: (receipt.logs as object[]).map((log) => ({ ...log, ...change })),
  });

  test.each<[string, Lie, RegExp]>([
    [
      "its block has another hash",
      swap("eth_getBlockByNumber", (block) => ({ ...block, hash: `0x${"12".repeat(32)}` })),
      /has another hash/,
    ],
    [
      "its block has another time",
      swap("eth_getBlockByNumber", (block) => ({ ...block, timestamp: "0x1" })),
      /has another time/,
    ],
    [
      "its transaction failed",
      swap("eth_getTransactionReceipt", (receipt) => ({ ...receipt, status: "0x0" })),
      /failed/,
    ],
    [
      "its event is gone",
      swap("eth_getTransactionReceipt", (receipt) => ({ ...receipt, logs: [] })),
      /its event is gone/,
    ],
    [
      "its event is another contract's",
      swap("eth_getTransactionReceipt", inLogs({ address: someReceiver })),
      /its event is gone/,
    ],
    ["the contract has no record of it", swap("eth_call", () => `0x${"00".repeat(32)}`), /another hash/],
  ])("is different when %s", async (_what, lie, difference) => {
    const { view, sighting, height } = await seen();
    rpc.lie = lie;
    expect(await view.differenceNow(sighting, height)).toMatch(difference);
  });

  test("is different when any field of its event is", async () => {
    const { view, sighting, height } = await seen();
    const { data } = (await bridge.source.provider.getTransactionReceipt(sighting.transactionHash))?.logs.at(-1) ?? {};
    if (!data) throw new Error("the packet's log was not found");
    // The last word of the tuple's head is the height.
    const changed = `${data.slice(0, 2 + 64 * 8)}${"0".repeat(63)}9${data.slice(2 + 64 * 9)}`;
    rpc.lie = async ({ method }, honest) => {
      if (method !== "eth_getTransactionReceipt") return undefined;
      const receipt = (await honest()) as { logs: { data: string }[] };
      return {
        result: { ...receipt, logs: receipt.logs.map((log) => (log.data === data ? { ...log, data: changed } : log)) },
      };
    };
    expect(await view.differenceNow(sighting, height)).toBe("its event has other fields");
  });

  test.each<[string, Lie]>([
    ["has the block and not the receipt", swap("eth_getTransactionReceipt", () => null)],
    [
      "has the receipt of another block",
      swap("eth_getTransactionReceipt", (receipt) => ({ ...receipt, blockHash: `0x${"12".repeat(32)}` })),
    ],
    ["does not have the block any more", swap("eth_getBlockByNumber", () => null)],
  ])("can't be judged by a provider that %s", async (_what, lie) => {
    const { view, sighting, height } = await seen();
    rpc.lie = lie;
    await rejection("rpc_answer_unusable", view.differenceNow(sighting, height));
  });
});
