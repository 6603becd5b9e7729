import { expect, test } from "vitest";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import { movableClock } from "./support/movableClock.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const hour = 3_600;

test("a packet waits by the chain's time and by ours, whichever is earlier; a chain that runs ahead stops the route", {
  timeout: 120_000,
}, async () => {
  const { world, bridge } = scene;
  world.settings.routes[0].wait = "1h";
  const clock = movableClock();
  await world.start(clock);
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "final");

  // Our clock alone: the chain says that no time has passed.
  clock.ahead = 2 * hour;
  const asked = world.sourceRpc.requests.length;
  await until("some rounds", () => world.sourceRpc.requests.length > asked + 20);
  expect((await world.packet(sequence))?.state).toBe("final");

  // The chain's time alone: it is ahead of ours, so one of the two is wrong.
  clock.ahead = 0;
  await bridge.source.provider.send("evm_increaseTime", [hour + 300]);
  await makeFinal(bridge.source);
  await world.complains(/^route alpha-to-beta: the chain's final block is \d+ s ahead of this machine's clock/);
  expect((await world.packet(sequence))?.state).toBe("final");
  expect(world.signer.requests).toEqual([]);

  clock.ahead = hour + 300;
  const delivered = await world.reaches(sequence, "delivered");
  expect(delivered.times.due).toBeDefined();
  await world.becomesReady();
});

test("a clock that is put back shortens no wait, and what was to be tried later is not late by the step", {
  timeout: 120_000,
}, async () => {
  const { world, bridge } = scene;
  world.settings.routes[0].wait = "1h";
  const clock = movableClock();
  clock.ahead = 6 * hour;
  await world.start(clock);
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "final");
  clock.ahead = 2 * hour;
  const asked = world.sourceRpc.requests.length;
  await until("some rounds", () => world.sourceRpc.requests.length > asked + 20);
  expect((await world.packet(sequence))?.state).toBe("final");

  world.signer.reply = () => ({ status: 503 });
  clock.ahead = 4 * hour;
  await bridge.source.provider.send("evm_increaseTime", [hour + 300]);
  await makeFinal(bridge.source);
  await until("a try that failed", async () => (await world.packet(sequence))?.reason !== null);
  clock.ahead = 3 * hour;
  world.signer.reply = undefined;
  await world.reaches(sequence, "delivered");
});

test("a block that is dated before one that was read before it shortens no wait, though a quorum says so: the route stops", async () => {
  const { world, bridge } = scene;
  world.settings.routes[0].wait = "1h";
  await world.start(await clockOfChain());
  await makeFinal(bridge.source);
  const height = await latestHeight(bridge.source);
  await until("the blocks so far to be read", async () => (await scannedHeight()) >= height - 2);
  world.sourceRpc.lie = async ({ method, params }, honest) => {
    if (!method.startsWith("eth_getBlockBy") || ["latest", "finalized"].includes(String(params[0]))) return undefined;
    const block = (await honest()) as { number: string; timestamp: string } | null;
    if (!block || Number(block.number) <= height || Number(block.number) > height + 8) return undefined;
    return { result: { ...block, timestamp: `0x${(Number(block.timestamp) - 2 * hour).toString(16)}` } };
  };
  const { sequence, blockNumber } = await bridge.transfer();
  expect(blockNumber).toBeLessThanOrEqual(height + 8);
  await bridge.source.provider.send("anvil_mine", ["0xc"]);
  await world.complains(/^route alpha-to-beta: block \d+ is dated before block \d+, which is older/);
  expect(await world.packet(sequence)).toBeUndefined();
  expect(world.signer.requests).toEqual([]);

  world.sourceRpc.lie = undefined;
  expect(await world.control("POST", "/v1/routes/alpha-to-beta/resume")).toMatchObject({ status: 200 });
  await world.reaches(sequence, "final");
});

/** The tests above have put the chain's time forward. */
async function clockOfChain() {
  const block = await scene.bridge.source.provider.send("eth_getBlockByNumber", ["latest", false]);
  const clock = movableClock();
  clock.ahead = Math.max(0, Number(block.timestamp) - Math.floor(clock.now() / 1_000));
  return clock;
}

async function scannedHeight(): Promise<number> {
  const { body } = await scene.world.control("GET", "/v1/status");
  const { routes } = body as { routes: { scannedHeight: { source: string } | null }[] };
  return Number(routes[0]?.scannedHeight?.source ?? -1);
}
