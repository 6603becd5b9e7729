import { expect, test } from "vitest";
import { makeFinal } from "./support/bridge.ts";
import { providersOfEachTest } from "./support/providers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const providers = providersOfEachTest(scene, 3);

const block = (height: string) => scene.bridge.source.provider.send("eth_getBlockByNumber", [height, false]);

test("a chain whose quorum serves the anchor is followed", async () => {
  const { world, bridge } = scene;
  const { number, hash } = await block("finalized");
  world.settings.chains[0].anchor = { number: Number(number), hash };
  await world.start();
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
});

test("a chain without the anchor's block is another chain: nothing of it is read, and nothing signed", async () => {
  const { world, bridge } = scene;
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  world.settings.chains[0].anchor = { number: 1, hash: `0x${"12".repeat(32)}` };
  await world.start();
  const reason = await world.complains(/^chain alpha: its anchor, block 1, has hash 0x/);
  expect(reason).toContain((await block("0x1")).hash);
  const asked = providers[0]?.requests.length ?? 0;
  await until("another round", () => (providers[0]?.requests.length ?? 0) > asked + 4);
  expect(await world.packet(sequence)).toBeUndefined();
  expect(providers.flatMap(({ requests }) => requests).some(({ method }) => method === "eth_getLogs")).toBe(false);
});

test("an anchor that is not final yet is waited for", async () => {
  const { world, bridge } = scene;
  const { sequence } = await bridge.transfer();
  const { number, hash } = await block("latest");
  world.settings.chains[0].anchor = { number: Number(number), hash };
  await world.start();
  await world.complains(/^chain alpha: its anchor, block \d+, is not final yet/);
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
});

test("one liar can't hide the anchor, and one believer is too few", async () => {
  const { world, bridge } = scene;
  const told = (index: number, answer: object | null) => {
    const provider = providers[index];
    if (provider) {
      provider.lie = async ({ method, params }) =>
        method === "eth_getBlockByNumber" && params[0] === "0x0" ? { result: answer } : undefined;
    }
  };
  told(0, { ...(await block("0x0")), hash: `0x${"66".repeat(32)}` });
  await world.start();
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
  told(1, null);
  await world.start();
  await world.complains(/^chain alpha: 1 of 3 providers agree on eth_getBlockByNumber, 2 are needed/);
});
