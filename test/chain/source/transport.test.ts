import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connectionTo } from "../../../chain/source/evm/transport.ts";
import { type RpcProxy, startRpcProxy } from "../support/rpcProxy.ts";

let provider: RpcProxy;
beforeAll(async () => {
  provider = await startRpcProxy("http://127.0.0.1:1");
});
afterEach(() => {
  provider.refuseBatches = undefined;
});
afterAll(() => provider.down());

let now = 0;
/** A connection to a provider that answers each question with its first parameter. */
function connection() {
  provider.lie = async ({ params: [echo] }) => ({ result: echo });
  const before = { questions: provider.requests.length, batches: provider.batches };
  const ask = connectionTo(provider.url, 10_000, new AbortController().signal, () => now);
  return {
    ask,
    askAll: (count: number) => Promise.all(Array.from({ length: count }, (_, index) => ask("eth_call", [index]))),
    sent: () => ({
      questions: provider.requests.length - before.questions,
      batches: provider.batches - before.batches,
    }),
  };
}
const results = (count: number) => Array.from({ length: count }, (_, result) => ({ result }));

test("questions of one moment go together, 32 at most, and each gets its own answer", async () => {
  const { askAll, sent } = connection();
  expect(await askAll(70)).toEqual(results(70));
  expect(sent()).toEqual({ questions: 70, batches: 3 });
});

test("one that is asked alone is no batch, and neither is a search for logs", async () => {
  const { ask, sent } = connection();
  await ask("eth_call", [0]);
  await Promise.all([ask("eth_getLogs", [1]), ask("eth_getLogs", [2]), ask("eth_call", [3])]);
  expect(sent()).toEqual({ questions: 4, batches: 0 });
});

test("an error and an answer that is none are those of their question alone", async () => {
  const { ask } = connection();
  provider.lie = async ({ id, params: [echo] }) => {
    const error = { code: -32000, message: "no state" };
    if (echo === 1) return { raw: JSON.stringify({ jsonrpc: "2.0", id, error }) };
    if (echo === 2) return { raw: JSON.stringify({ jsonrpc: "2.0", id: 9_999, result: "0x1" }) };
    return { result: echo };
  };
  const answers = await Promise.all([0, 1, 2, 3].map((echo) => ask("eth_call", [echo])));
  expect(answers).toEqual([{ result: 0 }, { error: { code: -32000, message: "no state" } }, undefined, { result: 3 }]);
});

test.each([
  ["HTTP 400", { status: 400 }],
  ["HTTP 413", { status: 413 }],
  ["one error object", { raw: '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches"}}' }],
  ["HTML", { raw: "<html>batches are a paid feature</html>" }],
])("a provider that answers batches with %s is asked one by one for a minute", async (_what, refuseBatches) => {
  const { askAll, sent } = connection();
  provider.refuseBatches = refuseBatches;
  expect(await askAll(3)).toEqual(results(3));
  provider.refuseBatches = undefined;
  expect(await askAll(3)).toEqual(results(3));
  expect(sent()).toEqual({ questions: 6, batches: 1 });
  now += 60_000;
  expect(await askAll(3)).toEqual(results(3));
  expect(sent()).toEqual({ questions: 9, batches: 2 });
});

test.each([429, 500, 503])("HTTP %i to a batch brings no more requests", async (status) => {
  const { askAll, sent } = connection();
  provider.refuseBatches = { status };
  await expect(askAll(3)).rejects.toMatchObject({ status });
  expect(sent()).toEqual({ questions: 0, batches: 1 });
});
