import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { exchange } from "../../../chain/exchange.ts";
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

test("answers that arrive at the same time share what they may hold, and give it back", async () => {
  const bounds = { ...providerBounds(500), room: { left: 1_000 } };
  const ask = () => exchange(provider.url, request, bounds);
  const raw = "x".repeat(600);
  provider.lie = async () => ({ raw, afterwards: "silence" });
  const together = await Promise.allSettled([ask(), ask()]);
  const reasons = together.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "read"));
  expect(reasons.sort()).toEqual(["its answer is too large", "time-out"]);
  provider.lie = async () => ({ raw });
  for (let times = 0; times < 3; times += 1) expect(await ask()).toHaveLength(raw.length);
  expect(bounds.room.left).toBe(1_000);
});

test("a provider's largest answers are bounded together, others as they always were", () => {
  const { largestAnswer, room } = providerBounds(500);
  expect(room?.left).toBe(3 * largestAnswer);
  expect(providerBounds(500).room).not.toBe(room);
});

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
