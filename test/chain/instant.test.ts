import { describe, expect, test } from "vitest";
import { makeFinal, someReceiver } from "./support/bridge.ts";
import { movableClock } from "./support/movableClock.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const hour = 3_600;

describe("instant packets", () => {
  const small = 100n;
  const instant = (maximumAmount: bigint, wait = "0s") => ({
    wait,
    tokens: [{ token: scene.bridge.sides[1].token, maximumAmount: `${maximumAmount}` }],
  });

  test("of a named token up to its amount wait for the shorter time, all others in full", async () => {
    const { world, bridge } = scene;
    Object.assign(world.settings.routes[0], { wait: "1h", instant: instant(small) });
    await world.start();
    const large = await bridge.transfer({ amount: small + 1n });
    const { sequence } = await bridge.transfer({ amount: small });
    await makeFinal(bridge.source);
    await world.reaches(sequence, "delivered");
    expect((await world.packet(large.sequence))?.state).toBe("final");
    expect(world.signer.requests.map(({ packet }) => packet.message.amount)).toEqual([small]);
  });

  test("of another token wait in full", async () => {
    const { world, bridge } = scene;
    const rule = { ...instant(small), tokens: [{ token: someReceiver, maximumAmount: `${small}` }] };
    Object.assign(world.settings.routes[0], { wait: "1h", instant: rule });
    await world.start();
    const { sequence } = await bridge.transfer({ amount: 1n });
    await makeFinal(bridge.source);
    await world.reaches(sequence, "final");
    const asked = world.sourceRpc.requests.length;
    await until("some rounds", () => world.sourceRpc.requests.length > asked + 20);
    expect((await world.packet(sequence))?.state).toBe("final");
  });

  test("wait in full after all once the rule is stricter", async () => {
    const { world, bridge } = scene;
    Object.assign(world.settings.routes[0], { wait: "1h", instant: instant(small, "30m") });
    await world.start();
    const { sequence } = await bridge.transfer({ amount: small });
    await makeFinal(bridge.source);
    await world.reaches(sequence, "final");
    world.settings.routes[0].instant = instant(small - 1n);
    await world.start();
    const smaller = await bridge.transfer({ amount: small - 1n });
    await makeFinal(bridge.source);
    await world.reaches(smaller.sequence, "delivered");
    expect((await world.packet(sequence))?.state).toBe("final");
  });

  test("wait by the chain's time as well", async () => {
    const { world, bridge } = scene;
    Object.assign(world.settings.routes[0], { wait: "24h", instant: instant(small, "1h") });
    const clock = movableClock();
    await world.start(clock);
    const { sequence } = await bridge.transfer({ amount: small });
    await makeFinal(bridge.source);
    await world.reaches(sequence, "final");
    clock.ahead = 2 * hour;
    const asked = world.sourceRpc.requests.length;
    await until("some rounds", () => world.sourceRpc.requests.length > asked + 20);
    expect((await world.packet(sequence))?.state).toBe("final");
    await bridge.source.provider.send("evm_increaseTime", [hour + 300]);
    await makeFinal(bridge.source);
    await world.reaches(sequence, "delivered");
  });
});
