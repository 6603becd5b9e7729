import path from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, test } from "vitest";
import { attestorHere } from "../support/attestorHere.ts";
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

test("events that a provider shows in a block that was replaced do not take the cursor past their packet", async () => {
  const { world, bridge } = scene;
  const stale = `0x${"5a".repeat(32)}`;
  const { sequence, blockNumber } = await bridge.transfer({ amount: 1n });
  await mine(depth + 1);
  const final = (await latestHeight(bridge.source)) - depth;
  let told = 0;
  world.sourceRpc.lie = async ({ method, params }, honest) => {
    if (method === "eth_getBlockByHash" && params[0] === stale) {
      const block = await bridge.source.provider.send("eth_getBlockByNumber", [`0x${blockNumber.toString(16)}`, false]);
      return { result: { ...block, hash: stale } };
    }
    if (method !== "eth_getLogs") return undefined;
    const logs = (await honest()) as object[];
    if (logs.length > 0 && Number((params[0] as { toBlock: string }).toBlock) <= final) told += 1;
    return { result: logs.map((log) => ({ ...log, blockHash: stale })) };
  };
  await world.start();
  await until("the final blocks to be read", () => told > 0);
  const asked = world.sourceRpc.requests.length;
  await until("some rounds", () => world.sourceRpc.requests.length > asked + 10);
  world.sourceRpc.lie = undefined;
  await world.reaches(sequence, "delivered");
});

describe("change below finality", () => {
  /**
   * A packet that is final and waits, and then another fork from before it, as long and with another packet.
   *
   * @param seenWhole whether the service looks away meanwhile. Else it may be in the middle of a round, meet the packet on
   * the new fork before it looks at the heads again, and stop the route as well as the chain.
   */
  async function replaceFinalBlocks({ seenWhole = false } = {}) {
    const { world, bridge } = scene;
    world.settings.routes[0].wait = "1h";
    await world.start();
    const before = await snapshot();
    const { sequence, blockNumber } = await bridge.transfer({ amount: 1n });
    await mine(depth + 1);
    await world.reaches(sequence, "final");
    if (seenWhole) await world.stop();
    await goBack(before);
    await bridge.transfer({ amount: 2n });
    await mine(depth + 5);
    if (seenWhole) await world.start();
    await world.complains(/^chain alpha: change below finality: block \d+ has another hash than when it became final/);
    return { sequence, blockNumber };
  }
  const stops = () => scene.world.log.filter((line) => line.includes("stopped a chain")).length;
  const resume = (...words: string[]) =>
    attestorHere(["chain", "resume", "--config", scene.world.configFile, "--chain", "alpha", ...words]);

  test("stops the chain, also over a restart, until a person resumes it, and again if it is still so", async () => {
    const { world } = scene;
    await replaceFinalBlocks();
    expect(world.log.some((line) => line.includes("stopped a chain") && line.includes('"alarm":true'))).toBe(true);

    await world.start();
    await world.complains(/^chain alpha: change below finality/);
    const { body } = await world.control("GET", "/v1/status");
    expect(body).toMatchObject({
      chains: [{ stopped: expect.stringContaining("change below finality"), final: null }, { stopped: null }],
      routes: [{ ready: false }],
    });
    expect(await world.metrics()).toMatch(/attestor_chain_chain_stopped\{chain="alpha"\} 1/);
    expect(await resume()).toMatchObject({ code: 0, stdout: "chain-service: resumed alpha\n" });
    await until("the second stop", () => stops() > 1);
    expect(world.signer.requests).toEqual([]);
    await world.stop();
    const database = new Database(path.join(world.stateFolder, "chain.sqlite"), { readonly: true });
    const records = database.prepare("SELECT evidence, resumed_at FROM chain_stops ORDER BY id").all();
    database.close();
    expect(records).toMatchObject([{ resumed_at: expect.any(Number) }, { resumed_at: null }]);
    const [first] = records as { evidence: string }[];
    expect(JSON.parse(first?.evidence ?? "")).toMatchObject({
      kept: { hash: expect.any(String) },
      served: { hash: expect.any(String) },
      sources: "single",
      providers: [{ label: "alpha-node" }],
    });
  });

  test("that a person takes for true lets the chain go on; packets of blocks that are gone stay unsigned", async () => {
    const { world, bridge } = scene;
    const { sequence } = await replaceFinalBlocks({ seenWhole: true });
    expect(await resume("--accept-change")).toMatchObject({ code: 0 });
    await until("the chain to be followed again", async () => {
      const { reasons } = await world.ready();
      return reasons.every((reason) => !reason.startsWith("chain alpha"));
    });

    world.settings.routes[0].wait = "0s";
    await world.start();
    await bridge.transfer({ amount: 3n });
    await mine(depth + 5);
    await until("the new head to be final", async () =>
      (await world.ready()).reasons.every((reason) => !reason.startsWith("chain alpha")),
    );
    expect((await world.packet(sequence))?.attestation).toBeNull();
    expect(world.signer.requests.filter(({ packet }) => packet.sequence === sequence)).toEqual([]);
  });

  test("that brought a packet into blocks that were read is repaired by a rescan, and the route goes on behind it", async () => {
    const { world, bridge } = scene;
    const before = await snapshot();
    await mine(depth + 5);
    await world.start();
    await world.becomesReady();
    await world.stop();
    await goBack(before);
    const { sequence } = await bridge.transfer({ amount: 7n });
    await mine(2 * depth);
    await world.start();
    await world.complains(/^chain alpha: change below finality/);
    expect(await resume("--accept-change")).toMatchObject({ code: 0 });
    const { sequence: next } = await bridge.transfer({ amount: 8n });
    await mine(depth + 1);
    await world.complains(/^route alpha-to-beta: packets .* are counted by the contract and missing/);
    const to = await latestHeight(bridge.source);
    expect(await world.control("POST", `/v1/rescan?route=alpha-to-beta&from=0&to=${to}`)).toMatchObject({
      status: 200,
    });
    for (const each of [sequence, next]) await world.reaches(each, "delivered");
    await world.becomesReady();
  });

  test("is not what a chain is resumed from that is not stopped, or not there", async () => {
    const { world } = scene;
    await world.start();
    expect(await resume()).toMatchObject({ code: 1, stderr: "attestor: Chain alpha is not stopped.\n" });
    const unknown = await attestorHere(["chain", "resume", "--config", world.configFile, "--chain", "gamma"]);
    expect(unknown).toMatchObject({ code: 1, stderr: "attestor: There is no such chain.\n" });
    const neither = await attestorHere(["chain", "resume", "--config", world.configFile]);
    expect(neither).toMatchObject({ code: 2, stderr: expect.stringContaining("--chain NAME") });
  });

  test("is noticed when it happened while the service was off, however long", async () => {
    const { world, bridge } = scene;
    await world.start();
    await mine(3);
    await until("the newest final block", async () => {
      const { body } = await world.control("GET", "/v1/status");
      const { chains } = body as { chains: { final: { height: { source: string } } | null }[] };
      return Number(chains[0]?.final?.height.source) === (await latestHeight(bridge.source)) - depth;
    });
    const before = await snapshot();
    await mine(depth + 4);
    const top = await latestHeight(bridge.source);
    await until("the blocks that will be gone", async () => {
      const { body } = await world.control("GET", "/v1/status");
      const { chains } = body as { chains: { final: { height: { source: string } } | null }[] };
      return Number(chains[0]?.final?.height.source) === top - depth;
    });
    await world.stop();
    await goBack(before);
    await bridge.transfer({ amount: 4n });
    await mine(200);
    await world.start();
    await world.complains(/^chain alpha: change below finality/);
  });
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
  await world.becomesReady();
});
