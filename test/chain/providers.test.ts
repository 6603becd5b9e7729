import { describe, expect, test } from "vitest";
import { rejection } from "../shared/refusal.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import type { ChainWorld } from "./support/chainWorld.ts";
import { movableClock } from "./support/movableClock.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

/** Adds the way back as a second route, whose packets nobody sends. */
function addWayBack({ settings }: ChainWorld): void {
  const [there] = settings.routes;
  const { startHeight: _startHeight, ...source } = there.source;
  settings.routes.push({
    ...there,
    name: "beta-to-alpha",
    source: { ...there.destination, startHeight: 0 },
    destination: source,
  });
}

describe("a provider that is down at start", () => {
  test("is named by its label and waited for; its routes are not ready until it is there", async () => {
    const { world, bridge } = scene;
    const { sequence } = await bridge.transfer();
    await makeFinal(bridge.source);
    await world.sourceRpc.down();
    await world.start();
    const { ready, reasons } = await world.ready();
    expect(ready).toBe(false);
    expect(reasons).toEqual([
      "route alpha-to-beta: its contract on chain alpha has not been looked at yet",
      "chain alpha: provider alpha-node: ECONNREFUSED",
    ]);
    expect(await world.metrics()).toMatch(/attestor_chain_provider_up\{chain="alpha",provider="alpha-node"\} 0/);
    expect(await world.metrics()).toMatch(/attestor_chain_route_ready\{route="alpha-to-beta"\} 0/);

    await world.sourceRpc.up();
    await world.reaches(sequence, "delivered");
    await world.becomesReady();
  });

  test("keeps no other chain's routes from their work", async () => {
    const { world } = scene;
    addWayBack(world);
    await world.destinationRpc.down();
    await world.start();
    await until("the reachable chain's blocks to be read", async () => {
      const { body } = await world.control("GET", "/v1/status");
      const { routes } = body as { routes: { name: string; scannedHeight: unknown; ready: boolean }[] };
      return routes[0]?.scannedHeight !== null && routes[1]?.scannedHeight === null;
    });
    await world.complains(/^chain beta: provider beta-node: ECONNREFUSED/);
  });
});

describe("a provider of another chain", () => {
  test("at start ends the service, naming both ids", async () => {
    const { world, bridge } = scene;
    world.sourceRpc.node = bridge.destination.url;
    const error = await rejection("rpc_wrong_chain", world.start());
    expect(error.data).toEqual({ chain: "alpha", provider: "alpha-node", expected: "31101", found: "31102" });
  });

  test("that comes after an interruption ends the service too", async () => {
    const { world, bridge } = scene;
    const service = await world.start();
    await world.sourceRpc.down();
    await world.complains(/^chain alpha: provider alpha-node/);
    world.sourceRpc.node = bridge.destination.url;
    await world.sourceRpc.up();
    await rejection("rpc_wrong_chain", service.ended);
  });
});

describe("a wrong contract", () => {
  test("without code: the service refuses to start when it is the only route's", async () => {
    const { world } = scene;
    world.settings.routes[0].source.bridge = "0x000000000000000000000000000000000000dEaD";
    const error = await rejection("contract_mismatch", world.start());
    expect(error.message).toMatch(/^Chain alpha: the contract at 0x0{36}dEaD has no code: correct the address\.$/);
  });

  test("on the destination chain counts as well", async () => {
    const { world, bridge } = scene;
    world.settings.routes[0].destination.bridge = bridge.sides[1].token;
    await rejection("contract_mismatch", world.start());
  });

  test("stops its own route and no other", async () => {
    const { world } = scene;
    addWayBack(world);
    world.settings.routes[0].source.bridge = "0x000000000000000000000000000000000000dEaD";
    // the way back needs the right contract as its destination, which it has
    await world.start();
    await world.complains(/^route alpha-to-beta: Chain alpha: the contract at 0x0{36}dEaD has no code/);
    const { body } = await world.control("GET", "/v1/status");
    expect(body).toMatchObject({ routes: [{ ready: false }, { ready: true }] });
  });

  test("whose counter moved without any event that we know is a wrong address or ABI", async () => {
    const { world, bridge } = scene;
    await bridge.transfer();
    await makeFinal(bridge.source);
    world.sourceRpc.lie = async ({ method }) => (method === "eth_getLogs" ? { result: [] } : undefined);
    const error = await rejection("contract_mismatch", world.start());
    expect(error.data.reason).toMatch(
      /counted 1 packets in blocks \d+ to \d+, and none of them has an event that we know/,
    );
  });
});

describe("a packet that the provider leaves out", () => {
  test("is missed at once, also the last one, and the cursor waits for it", async () => {
    const { world, bridge } = scene;
    const [first, second, third] = [await bridge.transfer(), await bridge.transfer(), await bridge.transfer()];
    await makeFinal(bridge.source);
    const hidden = [second.transactionHash, third.transactionHash];
    world.sourceRpc.lie = async ({ method }, honest) => {
      if (method !== "eth_getLogs") return undefined;
      const logs = (await honest()) as { transactionHash: string }[];
      return { result: logs.filter(({ transactionHash }) => !hidden.includes(transactionHash)) };
    };
    await world.start();
    await world.reaches(first.sequence, "delivered");
    const reason = await world.complains(/are counted by the contract and missing/);
    expect(reason).toContain(`packets ${second.sequence} to ${third.sequence} are`);
    expect(await world.metrics()).toMatch(/attestor_chain_missing_packets\{route="alpha-to-beta"\} 2/);
    const { body } = await world.control("GET", "/v1/status");
    const ageSeconds = { source: expect.stringMatching(/^[0-9]+$/) };
    expect(body).toMatchObject({
      routes: [{ gaps: [{ from: `${second.sequence}`, to: `${third.sequence}`, ageSeconds }] }],
    });
    const { scannedHeight } = (body as { routes: { scannedHeight: { source: string } }[] }).routes[0] ?? {};
    expect(Number(scannedHeight?.source)).toBeLessThan(first.blockNumber);

    // A restart an hour later knows since when it is missed.
    const clock = movableClock();
    clock.ahead = 3_600;
    await world.start(clock);
    const { body: later } = await world.control("GET", "/v1/status");
    const [gap] =
      (later as { routes: { gaps: { from: string; ageSeconds: { source: string } }[] }[] }).routes[0]?.gaps ?? [];
    expect(gap?.from).toBe(`${second.sequence}`);
    expect(Number(gap?.ageSeconds.source)).toBeGreaterThanOrEqual(3_600);

    world.sourceRpc.lie = undefined;
    await world.reaches(third.sequence, "delivered");
    await world.reaches(second.sequence, "delivered");
    await world.becomesReady();
  });

  test("of a list that it cuts short without a word is found at once, in the block where the contract counted it", async () => {
    const { world, bridge } = scene;
    const sent = [await bridge.transfer(), await bridge.transfer()];
    await bridge.source.provider.send("anvil_mine", ["0x7"]);
    sent.push(await bridge.transfer(), await bridge.transfer());
    await makeFinal(bridge.source);
    world.sourceRpc.lie = async ({ method, params }, honest) => {
      if (method !== "eth_getLogs") return undefined;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const logs = (await honest()) as object[];
      return { result: fromBlock === toBlock ? logs : logs.slice(0, 1) };
    };
    await world.start();
    for (const { sequence } of sent) await world.reaches(sequence, "delivered");
    await world.becomesReady();
    expect(world.log.some((line) => line.includes("packets are missing: looking for each"))).toBe(true);
    expect(world.log.some((line) => line.includes("are counted by the contract and missing"))).toBe(false);
    expect(await world.metrics()).toMatch(/attestor_chain_missing_packets\{route="alpha-to-beta"\} 0/);
  });

  test("is found wherever it is, though ranges are short", async () => {
    const { world, bridge } = scene;
    world.settings.chains[0].maximumRange = 2;
    const sent = [await bridge.transfer(), await bridge.transfer()];
    await bridge.source.provider.send("anvil_mine", ["0x7"]);
    sent.push(await bridge.transfer());
    await makeFinal(bridge.source);
    await world.start();
    for (const { sequence } of sent) await world.reaches(sequence, "delivered");
    const ranges = world.sourceRpc.requests
      .filter(({ method }) => method === "eth_getLogs")
      .map(({ params }) => params[0] as { fromBlock: string; toBlock: string });
    expect(Math.max(...ranges.map(({ fromBlock, toBlock }) => Number(toBlock) - Number(fromBlock) + 1))).toBe(2);
  });
});

test("a provider that can't show its newest blocks' events keeps no final packet back", async () => {
  const { world, bridge } = scene;
  await world.start();
  world.sourceRpc.lie = async ({ method, params, id }) => {
    if (method !== "eth_getLogs") return undefined;
    const { toBlock } = params[0] as { toBlock: string };
    if (Number(toBlock) < (await latestHeight(bridge.source))) return undefined;
    return { raw: JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32602, message: "beyond the head" } }) };
  };
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
});

test("a provider that goes away makes its routes not ready", async () => {
  const { world } = scene;
  await world.start();
  await world.becomesReady();
  await world.sourceRpc.down();
  await world.complains(/^chain alpha: provider alpha-node: /);
  const { body } = await world.control("GET", "/v1/status");
  expect(body).toMatchObject({
    chains: [{ healthy: false, final: null }, { healthy: true }],
    routes: [{ ready: false }],
  });
});

test("a provider that fails for a while loses nothing", async () => {
  const { world, bridge } = scene;
  await world.start();
  let asked = 0;
  world.sourceRpc.lie = async () => {
    asked += 1;
    return asked % 3 === 0 ? { status: 502 } : undefined;
  };
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await until("some failures", () => asked > 6);
  world.sourceRpc.lie = undefined;
  await world.reaches(sequence, "delivered");
});

test("with depth alone, a packet is final at that depth and the status says how", async () => {
  const { world, bridge } = scene;
  Object.assign(world.settings.chains[0], { finality: "depth", depth: 1 });
  await world.start();
  const { sequence } = await bridge.transfer();
  await world.reaches(sequence, "observed");
  await bridge.source.provider.send("anvil_mine", ["0x1"]);
  await world.reaches(sequence, "delivered");
  const { body } = await world.control("GET", "/v1/status");
  const height = await latestHeight(bridge.source);
  expect(body).toMatchObject({
    chains: [{ finality: "depth", depth: { source: "1" }, final: { height: { source: `${height - 1}` } } }, {}],
  });
  expect(await world.metrics()).toContain('attestor_chain_finality_by_depth{chain="alpha"} 1');
  expect(await world.metrics()).toContain('attestor_chain_finality_by_depth{chain="beta"} 0');
  const shown = await attestorHere(["status", "--config", world.configFile]);
  expect(shown.stdout).toMatch(/alpha .*finality by depth alone/);
  expect(shown.stdout).toMatch(/beta .*finality by the finalized tag/);
});
