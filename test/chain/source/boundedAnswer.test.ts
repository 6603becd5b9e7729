import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { exchangeJson } from "../../../chain/source/boundedAnswer.ts";
import { providerBounds } from "../../../chain/source/providerBounds.ts";
import { type RpcProxy, startRpcProxy } from "../support/rpcProxy.ts";

let provider: RpcProxy;
beforeAll(async () => {
  provider = await startRpcProxy("http://127.0.0.1:1");
});
afterEach(() => {
  provider.lie = undefined;
});
afterAll(() => provider.down());

const request = { method: "POST", headers: { "content-type": "application/json" }, body: '{"id":1,"method":"any"}' };
function answered(raw: string): Promise<number> {
  provider.lie = async () => ({ raw });
  const stop = new AbortController().signal;
  return exchangeJson(provider.url, request, providerBounds(10_000), stop).then(({ length }) => length);
}

test.each([
  ["numbers", "0,"],
  ["lists within lists", "["],
  ["objects", "{},"],
  ["fields", '"a":1,'],
])("an answer of more %s than are read is too large, whatever its bytes", async (_what, value) => {
  await expect(answered(value.repeat(2_000_001))).rejects.toThrow("its answer is too large");
});

test("one of as many bytes that is all text is none, nor is a long list of events", async () => {
  expect(await answered(`"0x${"ab".repeat(5_000_000)}"`)).toBeGreaterThan(10_000_000);
  const hash = `0x${"11".repeat(32)}`;
  const event = {
    address: `0x${"22".repeat(20)}`,
    topics: [hash],
    data: `0x${"00".repeat(320)}`,
    blockNumber: "0x1",
    blockHash: hash,
    blockTimestamp: "0x1",
    transactionHash: hash,
    transactionIndex: "0x0",
    logIndex: "0x0",
    removed: false,
  };
  expect(await answered(JSON.stringify(Array.from({ length: 20_000 }, () => event)))).toBeGreaterThan(20_000_000);
});
