import { expect, test } from "vitest";
import { makeFinal } from "./support/bridge.ts";
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
