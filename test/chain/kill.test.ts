import { once } from "node:events";
import { expect, test } from "vitest";
import { makeFinal } from "./support/bridge.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

const shownBySocket = (sequence: bigint) => scene.world.packet(sequence).catch(() => undefined);

test("kill -9 while the signer is asked, and again while the collector is: nothing is lost or differs", async () => {
  const { world, bridge } = scene;
  const first = world.spawn();
  world.signer.reply = () => {
    first.kill("SIGKILL");
    return undefined;
  };
  const sent = [await bridge.transfer(), await bridge.transfer(), await bridge.transfer()];
  await makeFinal(bridge.source);
  await once(first, "exit");
  expect(world.signer.requests.length).toBeGreaterThan(0);
  expect(world.collector.requests).toEqual([]);

  world.signer.reply = undefined;
  const second = world.spawn();
  world.collector.reply = () => {
    second.kill("SIGKILL");
    return undefined;
  };
  await once(second, "exit");
  expect(world.collector.requests.length).toBeGreaterThan(0);

  world.collector.reply = undefined;
  world.spawn();
  for (const { sequence } of sent) {
    await until(
      `packet ${sequence} to be delivered`,
      async () => (await shownBySocket(sequence))?.state === "delivered",
    );
  }
  const contents = new Map<bigint, Set<string>>();
  for (const { packet, verdict } of world.signer.requests) {
    const content = JSON.stringify({ packet, verdict }, (_key, value: unknown) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    contents.set(packet.sequence, (contents.get(packet.sequence) ?? new Set()).add(content));
  }
  expect([...contents.keys()].sort()).toEqual(sent.map(({ sequence }) => sequence));
  for (const asked of contents.values()) expect(asked.size).toBe(1);
});

test("SIGTERM ends the process with 0, a wrong chain with 1", async () => {
  const { world, bridge } = scene;
  const orderly = world.spawn();
  await until("the service to run", () => world.log.some((line) => line.includes("the chain-service runs")));
  orderly.kill("SIGTERM");
  expect(await once(orderly, "exit")).toEqual([0, null]);

  world.sourceRpc.node = bridge.destination.url;
  const wrong = world.spawn();
  expect(await once(wrong, "exit")).toEqual([1, null]);
  expect(world.log.join("")).toContain("provider alpha-node serves chain id 31102, the configuration says 31101");
});
