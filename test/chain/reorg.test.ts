import { beforeEach, expect, test } from "vitest";
import { latestHeight } from "./support/bridge.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

/** Takes the source chain back to a snapshot; its accounts forget the nonces that they counted since. */
async function goBack(snapshot: unknown): Promise<void> {
  const { source } = scene.bridge;
  expect(await source.provider.send("evm_revert", [snapshot])).toBe(true);
  source.account(2).reset();
}

/** Blocks that a packet has to be deep before it is final, so that there is room above finality. */
const depth = 20;
const mine = (blocks: number) => scene.bridge.source.provider.send("anvil_mine", [`0x${blocks.toString(16)}`]);

beforeEach(async () => {
  scene.world.settings.chains[0].depth = depth;
  await mine(depth);
});

const snapshot = () => scene.bridge.source.provider.send("evm_snapshot", []);

test("a packet above finality whose block is replaced is orphaned, and comes back with what is there then", async () => {
  const { world, bridge } = scene;
  await world.start();
  const before = await snapshot();
  const lost = await bridge.transfer({ amount: 1n });
  await world.reaches(lost.sequence, "observed");
  await goBack(before);
  await mine(depth + 5);
  const orphaned = await world.reaches(lost.sequence, "orphaned");
  expect(orphaned.reason?.text).toBe(`block ${lost.blockNumber} with its event did not become final`);
  expect(world.signer.requests).toEqual([]);

  const again = await bridge.transfer({ amount: 2n });
  expect(again.sequence).toBe(lost.sequence);
  await mine(depth + 1);
  await world.reaches(again.sequence, "delivered");
  expect(world.signer.requests.map(({ packet }) => packet.message.amount)).toEqual([2n]);
});

test("a packet that moves to another block above finality is taken from there", async () => {
  const { world, bridge } = scene;
  await world.start();
  const before = await snapshot();
  const first = await bridge.transfer({ amount: 1n });
  await world.reaches(first.sequence, "observed");
  await goBack(before);
  await mine(1);
  const second = await bridge.transfer({ amount: 2n });
  expect(second.blockNumber).not.toBe(first.blockNumber);
  await mine(depth + 1);
  await world.reaches(second.sequence, "delivered");
  expect(world.signer.requests.map(({ packet }) => packet.message.amount)).toEqual([2n]);
});

test("change below finality stops the route until a person resumes it, and again if it is still so", async () => {
  const { world, bridge } = scene;
  world.settings.routes[0].wait = "1h";
  await world.start();
  const before = await snapshot();
  const { sequence } = await bridge.transfer({ amount: 1n });
  await mine(depth + 1);
  await world.reaches(sequence, "final");
  await goBack(before);
  await bridge.transfer({ amount: 2n });
  await mine(depth + 5);
  await world.complains(
    /^route alpha-to-beta: change below finality: block \d+ has another hash than when it was read/,
  );

  await world.start();
  await world.complains(/change below finality/);
  expect(await world.control("POST", "/v1/routes/alpha-to-beta/resume")).toMatchObject({ status: 200 });
  await until("the second stop", () => world.log.filter((line) => line.includes("stopped a route")).length > 1);
  await world.complains(/change below finality/);
  expect(world.signer.requests).toEqual([]);
  expect(world.log.some((line) => line.includes('"alarm":true'))).toBe(true);
});

test("a packet that reads differently just before it is signed stops the route and is not signed", async () => {
  const { world, bridge } = scene;
  await world.start();
  const counter = "0x529d15cc"; // sequence()
  world.sourceRpc.lie = async ({ method, params }) => {
    const call = JSON.stringify(params[0] ?? "");
    const isRecord = method === "eth_call" && !call.includes(counter) && params[1] !== "latest";
    return isRecord ? { result: `0x${"12".repeat(32)}` } : undefined;
  };
  const { sequence } = await bridge.transfer();
  await mine(depth + 1);
  await world.complains(
    /packet 1\/2\/\d+: change below finality: the contract's record outgoingPackets has another hash/,
  );
  expect(await world.packet(sequence)).toMatchObject({ state: "screened", attestation: null });
  expect(world.signer.requests).toEqual([]);
  expect(await world.metrics()).toMatch(/attestor_chain_route_stopped\{route="alpha-to-beta"\} 1/);
});

test("a provider that falls behind is waited for", async () => {
  const { world, bridge } = scene;
  await world.start();
  const { sequence } = await bridge.transfer();
  await mine(depth + 1);
  await world.reaches(sequence, "delivered");
  const height = await latestHeight(bridge.source);
  const old = await bridge.source.provider.send("eth_getBlockByNumber", [`0x${(height - 25).toString(16)}`, false]);
  world.sourceRpc.lie = async ({ method, params }) =>
    method === "eth_getBlockByNumber" && ["latest", "finalized"].includes(String(params[0]))
      ? { result: old }
      : undefined;
  const asked = world.sourceRpc.requests.length;
  await until("some rounds", () => world.sourceRpc.requests.length > asked + 6);
  expect(await world.ready()).toEqual({ ready: true, reasons: [] });
});
