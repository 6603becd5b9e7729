import { setTimeout as pause } from "node:timers/promises";
import type { Lie, RpcRequest } from "../chain/support/rpcProxy.ts";

/** JSON of a block, log or receipt as a node says it. */
type Said = Record<string, unknown>;

const isBlock = ({ method }: RpcRequest) => method === "eth_getBlockByNumber" || method === "eth_getBlockByHash";
const isHead = ({ method, params }: RpcRequest) =>
  method === "eth_getBlockByNumber" && ["latest", "finalized"].includes(String(params[0]));

/** Changes what the node says to certain questions, where it says anything. */
function changed(wanted: (request: RpcRequest) => boolean, change: (result: Said) => unknown): Lie {
  return async (request, honest) => {
    if (!wanted(request)) return undefined;
    const result = await honest();
    return result === null || result === undefined ? undefined : { result: change(result as Said) };
  };
}

const asks = (method: string) => (request: RpcRequest) => request.method === method;
const list = (result: unknown) => result as Said[];

/** Turns over the last bit of the word at `index` of a log's data. */
function otherWord(log: Said, index: number): Said {
  const data = String(log.data);
  const at = 2 + 64 * (index + 1) - 1;
  if (data.length <= at) return log;
  return {
    ...log,
    data: data.slice(0, at) + (Number.parseInt(data.charAt(at), 16) ^ 1).toString(16) + data.slice(at + 1),
  };
}

const sequenceSelector = "0x529d15cc";
/** Changes what the contract says that it has counted to. */
const counts = (by: bigint): Lie =>
  changed(
    ({ method, params }) => method === "eth_call" && JSON.stringify(params[0]).includes(sequenceSelector),
    (word) => {
      if (String(word) === "0x") return word; // the contract is younger than the block
      const counter = BigInt(String(word)) + by;
      return `0x${(counter < 0n ? 0n : counter).toString(16).padStart(64, "0")}`;
    },
  );

/** The first of these lies that has something to say. */
const together =
  (...told: readonly Lie[]): Lie =>
  async (request, honest) => {
    for (const lie of told) {
      const said = await lie(request, honest);
      if (said) return said;
    }
    return undefined;
  };

/** Refuses ranges of more blocks than that, as providers do: each with an answer of its own. */
function capped(
  most: number,
  refuse: (request: RpcRequest) => { readonly status?: number; readonly raw?: string },
): Lie {
  return async (request) => {
    if (request.method !== "eth_getLogs") return undefined;
    const { fromBlock, toBlock } = request.params[0] as { fromBlock: string; toBlock: string };
    return Number(toBlock) - Number(fromBlock) < most ? undefined : refuse(request);
  };
}

const error = (request: RpcRequest, code: number) => ({
  raw: JSON.stringify({ jsonrpc: "2.0", id: request.id, error: { code, message: "query returned too much" } }),
});

/** Never answers; whoever asks has to give up by himself. */
const silence: Lie = () => new Promise(() => {});

/** Every way in which a provider of one node lies or fails, by name; to be set as a proxy's `lie`. */
export const lies: Readonly<Record<string, Lie>> = {
  "drops all logs": changed(asks("eth_getLogs"), () => []),
  "drops its last log": changed(asks("eth_getLogs"), (logs) => list(logs).slice(0, -1)),
  "says a log twice": changed(asks("eth_getLogs"), (logs) => list(logs).flatMap((log) => [log, log])),
  "invents a log": changed(asks("eth_getLogs"), (logs) =>
    list(logs).flatMap((log) => [log, { ...otherWord(log, 2), logIndex: "0x63" }]),
  ),
  "hides the last packet and counts one less": together(
    changed(asks("eth_getLogs"), (logs) => list(logs).slice(0, -1)),
    counts(-1n),
  ),
  "counts one packet more": counts(1n),
  "puts every log into another block": changed(asks("eth_getLogs"), (logs) =>
    list(logs).map((log) => ({ ...log, blockHash: hash("66") })),
  ),
  "changes a field of every event": otherWordInEvents(9),
  "says that every transaction failed": changed(asks("eth_getTransactionReceipt"), (receipt) => ({
    ...receipt,
    status: "0x0",
  })),
  "puts every transaction into another block": changed(asks("eth_getTransactionReceipt"), (receipt) => ({
    ...receipt,
    blockHash: hash("66"),
  })),
  "shows no event of any transaction": changed(asks("eth_getTransactionReceipt"), (receipt) => ({
    ...receipt,
    logs: [],
  })),
  "knows no receipts": changed(asks("eth_getTransactionReceipt"), () => null),
  "answers every call otherwise": changed(asks("eth_call"), () => `0x${"07".repeat(32)}`),
  "answers no call": async (request) => (request.method === "eth_call" ? error(request, 3) : undefined),
  "stands still": async (request, _honest) => {
    if (!isHead(request)) return undefined;
    return { result: { number: "0x1", hash: hash("11"), parentHash: hash("10"), timestamp: "0x1" } };
  },
  "is far ahead": changed(isHead, (block) => ({ ...block, number: "0xfffffff" })),
  "gives every block another hash": changed(isBlock, (block) => ({ ...block, hash: hash("66") })),
  "gives every block another parent": changed(isBlock, (block) => ({ ...block, parentHash: hash("66") })),
  "gives every block an early time": changed(isBlock, (block) => ({ ...block, timestamp: "0x1" })),
  "gives every block a late time": changed(isBlock, (block) => ({ ...block, timestamp: "0xffffffff" })),
  "empties every bloom": changed(isBlock, (block) => ({ ...block, logsBloom: `0x${"00".repeat(256)}` })),
  "knows no blocks": changed(isBlock, () => null),
  "serves another chain": changed(asks("eth_chainId"), () => "0x1"),
  "allows single blocks only": capped(1, (request) => error(request, -32005)),
  "allows three blocks only, by HTTP 413": capped(3, () => ({ status: 413 })),
  "does not know what is final": async (request) =>
    request.params[0] === "finalized" ? error(request, -32602) : undefined,
  "has no state": async (request) => (request.method === "eth_call" ? error(request, -32000) : undefined),
  "answers errors": async (request) => error(request, -32603),
  "leads elsewhere": async () => ({ status: 307 }),
  "begins to answer and stops": async () => ({ status: 200, raw: '{"jsonrpc":', afterwards: "silence" }),
  "hangs up while it answers": async () => ({ status: 200, raw: '{"jsonrpc":', afterwards: "hang up" }),
  "never answers": silence,
  "has had enough": async () => ({ status: 429 }),
  "is broken": async () => ({ status: 502 }),
  "answers HTML": async () => ({ raw: "<html><body>welcome</body></html>" }),
  "answers nothing": async () => ({ raw: "" }),
};

/** Those of them that change nothing which is believed: whoever tells them tells the truth. */
export const harmless: ReadonlySet<string> = new Set([
  "is far ahead",
  "empties every bloom",
  "allows single blocks only",
  "allows three blocks only, by HTTP 413",
]);

/** Changes the word at `index` of every event, wherever it is shown. */
export function otherWordInEvents(index: number): Lie {
  return changed(
    ({ method }) => method === "eth_getLogs" || method === "eth_getTransactionReceipt",
    (result) =>
      Array.isArray(result)
        ? list(result).map((log) => otherWord(log, index))
        : { ...result, logs: list(result.logs).map((log) => otherWord(log, index)) },
  );
}

function hash(byte: string): string {
  return `0x${byte.repeat(32)}`;
}

/** Tells the truth, about its heads late. */
export function slowHeads(milliseconds: number): Lie {
  return async (request) => {
    if (isHead(request)) await pause(milliseconds);
    return undefined;
  };
}

/** Lies to one client and tells all others the truth, so that whoever watches from elsewhere sees nothing. */
export function onlyTo(client: string, lie: Lie): Lie {
  return async (request, honest) => (request.client === client ? lie(request, honest) : undefined);
}
