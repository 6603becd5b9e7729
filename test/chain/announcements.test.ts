import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lies } from "../support/lyingProvider.ts";
import { makeFinal } from "./support/bridge.ts";
import { useProviders } from "./support/providers.ts";
import type { RpcProxy } from "./support/rpcProxy.ts";
import { type SocketDouble, startSocketDouble } from "./support/socketDouble.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
let providers: readonly RpcProxy[] = [];
let sockets: readonly SocketDouble[] = [];

beforeEach(async () => {
  const { world, bridge } = scene;
  providers = await useProviders(world, bridge.source, 3);
  sockets = await Promise.all([0, 1].map(() => startSocketDouble(bridge.source.url)));
  const [chain] = world.settings.chains;
  for (const [index, { url }] of sockets.entries()) chain.providers[index].ws = url;
  // By polling alone nothing would happen while a test runs.
  chain.pollInterval = "1h";
});
afterEach(async () => {
  await scene.world.stop();
  await Promise.all([...providers.map((provider) => provider.down()), ...sockets.map((socket) => socket.close())]);
});

async function send() {
  const sent = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  return sent;
}
/** Sends a packet, and new blocks until the service looks before its poll: the sockets are not open at once. */
async function sendUntilSeen(): Promise<bigint> {
  const { sequence } = await send();
  await until("the packet to be seen", async () => {
    if (await scene.world.packet(sequence)) return true;
    await makeFinal(scene.bridge.source);
    return false;
  });
  return sequence;
}
const lie = (told: SocketDouble["lie"]) => {
  for (const socket of sockets) socket.lie = told;
};
const announces = async () => {
  const { body } = await scene.world.control("GET", "/v1/status");
  return (body as { chains: { providers: { announces: boolean | null }[] }[] }).chains[0]?.providers.map(
    (provider) => provider.announces,
  );
};

test("an announced block lets the service look long before its poll; one dead socket of two changes nothing", async () => {
  const { world } = scene;
  const [dead] = sockets;
  if (dead) dead.lie = "never opens";
  await world.start();
  await world.reaches(await sendUntilSeen(), "delivered");
  expect(await announces()).toEqual([false, true, null]);
  const metrics = await world.metrics();
  expect(metrics).toContain('attestor_chain_provider_announces{chain="alpha",provider="p0"} 0');
  expect(metrics).toContain('attestor_chain_provider_announces{chain="alpha",provider="p1"} 1');
  expect(metrics).not.toContain('attestor_chain_provider_announces{chain="alpha",provider="p2"}');
});

test("a connection that is lost comes back, and what was missed meanwhile is found", async () => {
  const { world } = scene;
  await world.start();
  await world.reaches(await sendUntilSeen(), "delivered");
  for (const socket of sockets) socket.cut();
  const unheard = await send();
  await sendUntilSeen();
  await world.reaches(unheard.sequence, "delivered");
});

const invented = JSON.stringify({
  jsonrpc: "2.0",
  method: "eth_subscription",
  params: { subscription: "0x1", result: { number: "0xfffffff", hash: `0x${"66".repeat(32)}` } },
});

describe("polling finds every packet, and nothing else is believed, when the sockets", () => {
  test.each<[string, SocketDouble["lie"]]>([
    ["are silent", () => {}],
    ["are none", "refuse"],
    ["hang up at once", ({ hangUp }) => hangUp()],
    ["announce blocks that there are not", ({ say }) => void setInterval(() => say(invented), 5).unref()],
    ["say anything", ({ say }) => void setInterval(() => say(`{"method":${Math.random()}}<html>`), 5).unref()],
  ])("%s", async (_what, told) => {
    const { world } = scene;
    world.settings.chains[0].pollInterval = "100ms";
    lie(told);
    await world.start();
    const { sequence, blockNumber } = await send();
    await world.reaches(sequence, "delivered");
    expect(world.signer.requests.map(({ packet }) => packet.height)).toEqual([BigInt(blockNumber)]);
    await world.becomesReady();
  });
});

test("no announcement shortens the back-off of a chain whose providers fail", async () => {
  const { world } = scene;
  let announcements = 0;
  lie(({ say }) => {
    setInterval(() => {
      announcements += 1;
      say(invented);
    }, 10).unref();
  });
  // Time stands still: whatever happens has been announced.
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener("abort", () => resolve());
    });
  await world.start({ now: Date.now, sleep });
  for (const provider of providers) provider.lie = lies["is broken"];
  await world.complains(/^chain alpha: 0 of 3 providers name their heads/);
  const asked = () => providers.map(({ requests }) => requests.length);
  const before = asked();
  const heard = announcements;
  await until("many announcements", () => announcements > heard + 100);
  expect(asked()).toEqual(before);
});
