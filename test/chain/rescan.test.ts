import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { nextTime } from "../../chain/pipeline/rescans.ts";
import { decodeDispatched, dispatchTopic } from "../../chain/source/evm/dispatchedPacket.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import { movableClock } from "./support/movableClock.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

async function delivered(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  await scene.world.reaches(sequence, "delivered");
  return sequence;
}

const rescan = async (...more: string[]) => {
  const to = `${await latestHeight(scene.bridge.source)}`;
  const config = path.join(path.dirname(scene.world.listFile), "chain.yaml");
  return attestorHere([
    "chain",
    "rescan",
    "--config",
    config,
    "--route",
    "alpha-to-beta",
    "--from",
    "0",
    "--to",
    to,
    ...more,
  ]);
};

/** Makes the stopped service's database forget a packet, as no code of ours can. */
function forget(sequence: bigint): void {
  const database = new Database(path.join(scene.world.stateFolder, "chain.sqlite"));
  database.exec("DROP TRIGGER packets_stay");
  database
    .prepare("DELETE FROM outbox WHERE packet_id = (SELECT id FROM packets WHERE sequence = ?)")
    .run(`${sequence}`);
  database.prepare("DELETE FROM packets WHERE sequence = ?").run(`${sequence}`);
  database.close();
}

test("finds no difference where there is none, and asks the signer for nothing", async () => {
  const { world } = scene;
  await world.start();
  await delivered();
  const result = await rescan();
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining("0 differences") });
  expect(world.signer.requests).toHaveLength(1);
});

test("lists a packet that the database lacks, alarms, and repairs it through every gate", async () => {
  const { world } = scene;
  await world.start();
  const lost = await delivered();
  await world.stop();
  forget(lost);
  await world.start();
  expect(await world.packet(lost)).toBeUndefined();
  const result = await rescan();
  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(new RegExp(`not stored +packet ${lost} of alpha-to-beta`));
  const again = await world.reaches(lost, "delivered");
  expect(Object.keys(again.times)).toEqual(expect.arrayContaining(["final", "due", "screened", "signed"]));
  expect(world.log.some((line) => line.includes('"alarm":true') && line.includes("a rescan found differences"))).toBe(
    true,
  );
  expect(await world.metrics()).toContain('attestor_chain_rescan_differences_total{route="alpha-to-beta"} 1');
});

test("stops the route where the chain does not show a packet any more", async () => {
  const { world } = scene;
  await world.start();
  const gone = await delivered();
  world.sourceRpc.lie = ({ method }) => (method === "eth_getLogs" ? Promise.resolve({ result: [] }) : undefined);
  const [report] = JSON.parse((await rescan("--json")).stdout);
  expect(report.differences).toEqual([
    { route: "alpha-to-beta", kind: "not_shown", sequence: `${gone}`, height: expect.anything() },
    { route: "alpha-to-beta", kind: "not_on_chain", sequence: `${gone}`, height: expect.anything() },
  ]);
  await world.complains(/the chain does not show it any more/);
});

test("runs each night by itself, and repairs what it finds", async () => {
  const { world } = scene;
  await world.start();
  const lost = await delivered();
  await world.stop();
  forget(lost);
  // The night begins in a minute or two, by a clock that the test puts forward.
  const night = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 60_000);
  world.settings.rescan = { at: night.toISOString().slice(11, 16), blocks: 1_000 };
  let ahead = 0;
  const sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 200), signal);
  await world.start({ now: () => Date.now() + ahead, sleep });
  const state = async () => (await world.control("GET", "/v1/rescan")).body as { last: { fault: null } | null };
  expect((await state()).last).toBeNull();
  expect(await world.packet(lost)).toBeUndefined();
  ahead = night.getTime() - Date.now() + 1_000;
  const last = await until("the night's rescan", async () => (await state()).last ?? undefined);
  expect(last).toMatchObject({ differences: [{ kind: "not_stored", sequence: `${lost}` }], fault: null });
  await world.reaches(lost, "delivered");
});

test("makes up for a night that the service was down for, once", async () => {
  const { world, bridge } = scene;
  await world.start();
  const lost = await delivered();
  await world.stop();
  forget(lost);
  const clock = movableClock();
  clock.ahead = 25 * 3_600;
  const rounds = () => world.log.filter((line) => /a rescan (found|broke)/.test(line));
  await world.start(clock);
  await world.reaches(lost, "delivered");
  expect(rounds()).toEqual([expect.stringContaining("a rescan found differences")]);
  await world.start(clock);
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
  expect(rounds()).toHaveLength(1);
});

test("a night whose rescan breaks off is made up for when the chain can be read again", async () => {
  const { world } = scene;
  await world.start();
  await delivered();
  const clock = movableClock();
  clock.ahead = 25 * 3_600;
  await world.start(clock);
  const rounds = (how: string) => world.log.filter((line) => line.includes(`a rescan ${how}`)).length;
  await until("the night's rescan", () => rounds("found no difference") === 1);
  await world.stop();
  clock.ahead += 24 * 3_600;
  const capped = 1_000; // back-offs are minutes
  const impatient = {
    now: () => clock.now(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(Math.min(ms, capped), signal),
  };
  let hidden = true;
  world.sourceRpc.lie = async ({ method }) => (hidden && method === "eth_getLogs" ? { status: 502 } : undefined);
  await world.start(impatient);
  await until("it to break off", () => rounds("broke off") === 1);
  hidden = false;
  clock.ahead += 11 * 60;
  await until("it to be made up for", () => rounds("found no difference") === 2);
}, 60_000);

test("refuses blocks that are none, an unknown route, and a second one at the same time", async () => {
  const { world } = scene;
  await world.start();
  const post = (query: string) => world.control("POST", `/v1/rescan?${query}`);
  expect(await post("route=alpha-to-beta&from=5&to=1")).toMatchObject({ status: 400 });
  expect(await post("route=alpha-to-beta&from=x&to=1")).toMatchObject({ status: 400 });
  expect(await post("route=nowhere&from=0&to=1")).toMatchObject({ status: 404 });
  await delivered();
  const held = Promise.withResolvers<undefined>();
  world.sourceRpc.lie = ({ method }) => (method === "eth_getLogs" ? held.promise : undefined);
  const to = await latestHeight(scene.bridge.source);
  expect(await post(`route=alpha-to-beta&from=0&to=${to}`)).toMatchObject({ status: 200 });
  expect(await post(`route=alpha-to-beta&from=0&to=${to}`)).toMatchObject({ status: 409 });
  held.resolve(undefined);
});

describe("a packet that nobody sent, which a quorum shows in a block that was read whole before", () => {
  /** Makes the provider tell it, consistently: event, receipt, counter and record. */
  async function inventPacket(): Promise<bigint> {
    const { world, bridge } = scene;
    const { sequence: last, blockNumber, transactionHash } = await bridge.transfer();
    await makeFinal(bridge.source);
    await world.reaches(last, "final");
    const receipt = await bridge.source.provider.send("eth_getTransactionReceipt", [transactionHash]);
    const bridgeLogs = (receipt.logs as RawLog[]).filter(({ topics }) => topics[0] === dispatchTopic);
    const word = (sequence: bigint) => sequence.toString(16).padStart(64, "0");
    const invented = bridgeLogs.map((log) => ({
      ...log,
      logIndex: "0x63",
      // behind offset and version
      data: log.data.slice(0, 130) + log.data.slice(130).replace(word(last), word(last + 1n)),
    }));
    const record = decodeDispatched(invented[0]?.data ?? "")?.hash;
    const isThere = (height: unknown) => Number(height) >= blockNumber;
    world.sourceRpc.lie = async ({ method, params }, honest) => {
      const [first, second] = params;
      if (method === "eth_getLogs") {
        const { fromBlock, toBlock } = first as { fromBlock: string; toBlock: string };
        const isAsked = Number(fromBlock) <= blockNumber && isThere(toBlock);
        return isAsked ? { result: [...((await honest()) as RawLog[]), ...invented] } : undefined;
      }
      if (method === "eth_getTransactionReceipt")
        return { result: { ...receipt, logs: [...receipt.logs, ...invented] } };
      if (method !== "eth_call" || !isThere(second)) return undefined;
      const { data } = first as { data: string };
      if (data === "0x529d15cc") return { result: `0x${word(last + 1n)}` };
      return data.endsWith(word(last + 1n)) ? { result: record } : undefined;
    };
    return last + 1n;
  }
  interface RawLog {
    readonly topics: readonly string[];
    readonly data: string;
  }
  const hours = 3_600;

  async function anHourAgo() {
    const { world, bridge } = scene;
    const clock = movableClock();
    const { timestamp } = await bridge.source.provider.send("eth_getBlockByNumber", ["latest", false]);
    clock.ahead = Math.max(0, Number(timestamp) - Math.floor(clock.now() / 1_000)); // an earlier test has put it forward
    world.settings.routes[0].wait = "1h";
    world.settings.collectors[0].poll = "100ms";
    await world.start(clock);
    const sequence = await inventPacket();
    await bridge.source.provider.send("evm_increaseTime", [2 * hours]);
    clock.ahead += 2 * hours;
    await makeFinal(bridge.source);
    await world.reaches(sequence - 1n, "delivered");
    return sequence;
  }
  const stopped = /^route alpha-to-beta: change below finality: block \d+ shows packet \d+/;

  test("is found by no rescan, though its wait would be over: the route stops", async () => {
    const { world } = scene;
    const sequence = await anHourAgo();
    const [report] = JSON.parse((await rescan("--json")).stdout);
    expect(report.differences).toContainEqual(expect.objectContaining({ kind: "changed", sequence: `${sequence}` }));
    await world.complains(stopped);
    expect(await world.packet(sequence)).toBeUndefined();
    expect(world.signer.requests).toHaveLength(1);
  });

  test("is found by no request, though its wait would be over: the route stops", async () => {
    const { world } = scene;
    const sequence = await anHourAgo();
    world.collector.missed = [
      { deployment: "local", source: "1", destination: "2", sequence: `${sequence}`, height: null },
    ];
    await world.complains(stopped);
    expect(await world.packet(sequence)).toBeUndefined();
    expect(world.signer.requests).toHaveLength(1);
  });
});

test.each([
  ["2026-05-01T02:59:00Z", "2026-05-01T03:00:00Z"],
  ["2026-05-01T03:00:00Z", "2026-05-02T03:00:00Z"],
])("the night after %s begins at %s", (now, next) => {
  expect(nextTime(Date.parse(now), 3 * 3_600_000)).toBe(Date.parse(next));
});
