import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HeadSocket, openHeadSocket } from "../../../chain/source/evm/headSocket.ts";
import { Secret } from "../../../shared/config/index.ts";
import { type Anvil, startAnvil } from "../../support/anvil.ts";
import { type SocketDouble, type SocketLie, startSocketDouble } from "../support/socketDouble.ts";
import { until } from "../support/until.ts";

let anvil: Anvil;
let provider: SocketDouble;
let socket: HeadSocket | undefined;
let heads = 0;
beforeAll(async () => {
  anvil = await startAnvil({ chainId: 31_160 });
});
afterAll(() => anvil.close());
beforeEach(async () => {
  heads = 0;
  provider = await startSocketDouble(anvil.url);
});
afterEach(async () => {
  socket?.close();
  await provider.close();
});

const quick = { first: 20, longest: 40 };
function listen(changes: { readonly timeoutMs?: number; readonly silenceMs?: number } = {}): HeadSocket {
  const onHead = () => {
    heads += 1;
  };
  const options = { timeoutMs: 60_000, silenceMs: 60_000, onHead, backOff: quick, ...changes };
  socket = openHeadSocket(new Secret(provider.url), options);
  return socket;
}
const mine = () => anvil.provider.send("anvil_mine", ["0x1"]);
/** Mines until one of the blocks is announced: the subscription is not there at once. */
const announced = (more: number) =>
  until("an announced block", async () => {
    await mine();
    return heads >= more;
  });

test("a real node's new blocks are announced, each once", async () => {
  const listening = listen();
  expect(listening.announces()).toBe(false);
  await announced(1);
  expect(listening.announces()).toBe(true);
});

test("a connection that is cut is opened again", async () => {
  const listening = listen();
  await announced(1);
  provider.cut();
  await until("the loss to be noticed", () => !listening.announces());
  await announced(heads + 1);
  expect(provider.connections).toBeGreaterThan(1);
});

const head = JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params: { result: { number: "0x1" } } });

describe("is left and tried again, for as long as it lasts:", () => {
  test.each<[string, SocketDouble["lie"], { timeoutMs?: number; silenceMs?: number }]>([
    ["one that is no WebSocket", "refuse", {}],
    ["one that never opens", "never opens", { timeoutMs: 50 }],
    ["one that opens and hangs up", ({ hangUp }) => hangUp(), {}],
    ["one that is silent", () => {}, { silenceMs: 50 }],
    ["one that refuses to subscribe", ({ say }) => say('{"jsonrpc":"2.0","id":1,"error":{"code":-32601}}'), {}],
    [
      "one that floods",
      ({ say }) => {
        for (let message = 0; message < 1_000; message += 1) say(head);
      },
      {},
    ],
  ])("%s", async (_what, lie, options) => {
    provider.lie = lie;
    const listening = listen(options);
    await until("four connections", () => provider.connections >= 4);
    provider.lie = undefined;
    await until("the announcements of an honest one", async () => {
      await mine();
      return listening.announces();
    });
  });
});

test.each<[string, SocketLie]>([
  ["no JSON", ({ say }) => say("<html>")],
  ["no object", ({ say }) => say("null")],
  ["another message", ({ say }) => say('{"jsonrpc":"2.0","id":1,"result":"0x1"}')],
  ["a message of 1 MB", ({ say }) => say(JSON.stringify({ method: "eth_subscription", pad: "x".repeat(1_000_000) }))],
])("%s is no announcement, and the next one is", async (_what, lie) => {
  provider.lie = (client) => {
    lie(client);
    client.say(head);
  };
  listen();
  await until("the announcement", () => heads > 0);
  expect(heads).toBe(1);
});

test("nothing is opened after it is closed", async () => {
  provider.lie = ({ hangUp }) => hangUp();
  const listening = listen();
  await until("two connections", () => provider.connections >= 2);
  listening.close();
  const before = provider.connections;
  const other = await startSocketDouble(anvil.url);
  other.lie = provider.lie;
  const beside = openHeadSocket(new Secret(other.url), {
    timeoutMs: 60_000,
    silenceMs: 60_000,
    onHead: () => {},
    backOff: quick,
  });
  await until("another to have come back often", () => other.connections >= 6);
  expect(provider.connections - before).toBeLessThanOrEqual(1); // one may have been on its way
  beside.close();
  await other.close();
});
