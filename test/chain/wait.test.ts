import { expect, test } from "vitest";
import { makeFinal } from "./support/bridge.ts";
import { movableClock } from "./support/movableClock.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const hour = 3_600;

test("a packet waits by the chain's time and by ours, whichever is earlier; a chain that runs ahead stops the route", async () => {
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
