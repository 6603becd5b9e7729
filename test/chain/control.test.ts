import { spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { controlRequest, controlSocket } from "../../chain/index.ts";
import { rejection } from "../shared/refusal.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import type { ShownPacket } from "./support/chainWorld.ts";
import { denial } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

async function finalPacket(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  return sequence;
}

describe("the control socket", () => {
  test("is open to its owner alone", async () => {
    const { world } = scene;
    await world.start();
    expect(statSync(controlSocket(world.stateFolder)).mode & 0o777).toBe(0o600);
    expect(statSync(world.stateFolder).mode & 0o777).toBe(0o700);
  });

  test("shows one packet with everything that is known about it", async () => {
    const { world, bridge } = scene;
    await world.start();
    const sequence = await finalPacket();
    await world.reaches(sequence, "delivered");
    const { body } = await world.control("GET", `/v1/packets/1/2/${sequence}`);
    expect(body).toMatchObject({
      deployment: "local",
      source: "1",
      destination: "2",
      sequence: `${sequence}`,
      state: "delivered",
      verdict: { result: "white", source: "test-list" },
      packet: { source: { address: bridge.sides[0].tokenService }, message: { amount: "10" } },
      dispatched: { message: { amount: "10" } },
      dispatchHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      packetHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      attestation: { signer: world.signer.address, sources: "single", assurance: "claimed" },
      deliveries: [{ collector: "main", state: "acknowledged" }],
      execution: null,
    });
  });

  test("lists packets by state, newest first, as many as asked for", async () => {
    const { world } = scene;
    world.signer.reply = () => denial("no");
    await world.start();
    const sequences = [await finalPacket(), await finalPacket(), await finalPacket()];
    for (const sequence of sequences) await world.reaches(sequence, "refused");
    const list = async (query: string) => {
      const { body } = await world.control("GET", `/v1/packets${query}`);
      return (body as { packets: ShownPacket[] }).packets.map(({ sequence }) => BigInt(sequence));
    };
    expect(await list("")).toEqual(sequences.toReversed());
    expect(await list("?state=refused&limit=2")).toEqual(sequences.toReversed().slice(0, 2));
    expect(await list("?state=signed")).toEqual([]);
  });

  test("lists what is tried again in whatever state, with the reasons, and nothing else", async () => {
    const { world } = scene;
    await world.start();
    const done = await finalPacket();
    await world.reaches(done, "delivered");
    const retrying = async () => {
      const { body } = await world.control("GET", "/v1/packets?retrying=true");
      return (body as { packets: ShownPacket[] }).packets;
    };
    expect(await retrying()).toEqual([]);
    world.collector.reply = () => ({ status: 503 });
    const undelivered = await finalPacket();
    await until("the delivery to fail", async () => (await retrying()).length === 1);
    world.signer.reply = () => ({ status: 503 });
    const unsigned = await finalPacket();
    await until("the signature to fail", async () => (await retrying()).length === 2);
    expect(await retrying()).toMatchObject([
      {
        sequence: `${unsigned}`,
        state: "screened",
        nextTryAt: expect.stringMatching(/^20/),
        reason: { text: "The signer answered HTTP 503." },
        retriedDeliveries: [],
      },
      {
        sequence: `${undelivered}`,
        state: "signed",
        retriedDeliveries: [{ collector: "main", reason: { text: "The collector main answered HTTP 503." } }],
      },
    ]);
    const { body } = await world.control("GET", "/v1/packets?retrying=true&state=signed");
    expect((body as { packets: unknown[] }).packets).toHaveLength(1);
  });

  test.each<[string, "GET" | "POST", string, number, string]>([
    ["a flag with another value", "GET", "/v1/packets?retrying=no", 400, "retrying: must be true"],
    ["an unknown state", "GET", "/v1/packets?state=lost", 400, "state: must be one of"],
    ["a limit beyond 1000", "GET", "/v1/packets?limit=1001", 400, "limit: must be a whole number from 1 to 1000"],
    ["an unknown question", "GET", "/v1/packets?sate=refused", 400, "sate: is not a known key"],
    ["a sequence that is none", "GET", "/v1/packets/1/2/-3", 400, "sequence: must be a plain decimal integer"],
    ["a packet that is not stored", "GET", "/v1/packets/1/2/999999", 404, "There is no packet 1/2/999999"],
    ["a route that does not exist", "POST", "/v1/routes/nowhere/resume", 404, "There is no such route"],
    [
      "a route that is not stopped",
      "POST",
      "/v1/routes/alpha-to-beta/resume",
      409,
      "Route alpha-to-beta is not stopped",
    ],
    ["another method", "POST", "/v1/status", 405, "Use GET here"],
    ["another path", "GET", "/v2/status", 404, "There is no such path"],
  ])("refuses %s", async (_what, method, url, status, detail) => {
    const { world } = scene;
    await world.start();
    const answer = await world.control(method, url);
    expect(answer.status).toBe(status);
    expect((answer.body as { detail: string }).detail).toContain(detail);
  });

  test("refuses to retry a packet that is not refused", async () => {
    const { world } = scene;
    await world.start();
    const sequence = await finalPacket();
    await world.reaches(sequence, "delivered");
    expect(await world.control("POST", `/v1/packets/1/2/${sequence}/retry`)).toMatchObject({
      status: 409,
      body: { detail: "The packet is delivered; only a refused one can be retried." },
    });
  });

  test("asks which deployment is meant where two have such a packet", async () => {
    const { world } = scene;
    await world.start();
    const sequence = await finalPacket();
    await world.reaches(sequence, "delivered");
    await world.stop();
    const database = new Database(path.join(world.stateFolder, "chain.sqlite"));
    database.exec(`INSERT INTO routes (deployment, source, destination, source_bridge, destination_bridge)
      VALUES ('older', '1', '2', 'a', 'b')`);
    database.exec(`INSERT INTO packets (deployment, source, destination, sequence, state, block_height, block_hash,
        block_time, transaction_hash, log_index, dispatched, dispatch_hash, defect, observed_at)
      VALUES ('older', '1', '2', '${sequence}', 'observed', 1, 'h', 1, 't', 0, '{}', 'h', 'x', 1)`);
    database.close();
    await world.start();
    const url = `/v1/packets/1/2/${sequence}`;
    expect(await world.control("GET", url)).toMatchObject({
      status: 409,
      body: { code: "ambiguous_deployment", data: { deployments: ["local", "older"] } },
    });
    expect(await world.control("GET", `${url}?deployment=older`)).toMatchObject({ body: { defect: "x" } });
  });

  test("of a service that does not run is unreachable", async () => {
    const error = await rejection("peer_unreachable", controlRequest(scene.world.stateFolder, "GET", "/v1/status"));
    expect(error.message).toBe(
      "The chain-service does not answer (ENOENT: it does not run, or keeps its state elsewhere).",
    );
  });
});

describe("a restart", () => {
  test("goes on where the service stopped, signs nothing twice and reads no block twice", async () => {
    const { world } = scene;
    await world.start();
    const sequence = await finalPacket();
    await world.reaches(sequence, "delivered");
    await world.stop();
    const later = await finalPacket();
    const asked = world.sourceRpc.requests.length;
    await world.start();
    await world.reaches(later, "delivered");
    expect(world.signer.requests.map(({ packet }) => packet.sequence)).toEqual([sequence, later]);
    const heights = world.sourceRpc.requests
      .slice(asked)
      .filter(({ method }) => method === "eth_getLogs")
      .map(({ params }) => Number((params[0] as { fromBlock: string }).fromBlock));
    const { body } = await world.control("GET", `/v1/packets/1/2/${sequence}`);
    expect(Math.min(...heights)).toBeGreaterThan(Number((body as { block: { height: unknown } }).block.height));
  });

  test("with a later startHeight in the configuration skips nothing that is still to be read", async () => {
    const { world, bridge } = scene;
    await world.start();
    await world.reaches(await finalPacket(), "delivered");
    await world.stop();
    const unread = await finalPacket();
    const waiting = await bridge.transfer();
    world.settings.routes[0].source.startHeight = (await latestHeight(bridge.source)) + 1_000;
    await world.start();
    await world.reaches(unread, "delivered");
    await makeFinal(bridge.source);
    await world.reaches(waiting.sequence, "delivered");
  });

  test("takes over the socket of a process that was killed", async () => {
    const { world } = scene;
    mkdirSync(world.stateFolder, { mode: 0o700 });
    const script = `require("node:net").createServer().listen(${JSON.stringify(controlSocket(world.stateFolder))}, () => process.kill(process.pid, "SIGKILL"))`;
    expect(spawnSync(process.execPath, ["-e", script]).signal).toBe("SIGKILL");
    expect(statSync(controlSocket(world.stateFolder)).isSocket()).toBe(true);
    await world.start();
    expect((await world.control("GET", "/v1/status")).status).toBe(200);
  });

  test("with other contracts under the same deployment is refused", async () => {
    const { world, bridge } = scene;
    await world.start();
    world.settings.routes[0].source.bridge = bridge.sides[0].token;
    const error = await rejection("config_invalid", world.start());
    expect(error.data.problems).toEqual([
      `routes.0.source.bridge: deployment local was recorded with ${bridge.sides[0].bridge}; another pair of contracts needs another deployment name`,
    ]);
  });
});

describe("starting is refused", () => {
  test("while another service has the state folder", async () => {
    const { world } = scene;
    await world.start();
    const held = new Database(path.join(world.stateFolder, "chain.sqlite"), { timeout: 0 });
    expect(() => held.prepare("SELECT 1 FROM packets").get()).toThrow(/locked/);
    held.close();
  });

  test("when the port is taken, naming the setting", async () => {
    const { world } = scene;
    const { ports } = await world.start();
    const second = { ...world.settings, stateFolder: "other", ops: { host: "127.0.0.1", port: ports.ops } };
    const error = await rejection("port_in_use", world.startAnother(second));
    expect(error.data).toEqual({ address: `127.0.0.1:${ports.ops}`, setting: "ops.port" });
  });

  test("when the socket's path is too long, naming the setting", async () => {
    const { world } = scene;
    const error = await rejection(
      "setup_needed",
      world.startAnother({ ...world.settings, stateFolder: "s".repeat(100) }),
    );
    expect(error.message).toMatch(/^stateFolder: .* is too long for a Unix socket/);
  });

  test("when a certificate is missing, naming the setting", async () => {
    const { world } = scene;
    const tls = { ...world.settings.tls, key: "/nowhere/chain.key" };
    const error = await rejection("config_invalid", world.startAnother({ ...world.settings, tls }));
    expect(error.data.problems[0]).toMatch(/^tls\.key: /);
  });

  test("by a second service on the same folder", async () => {
    const { world } = scene;
    await world.start();
    await rejection("database_in_use", world.startAnother(world.settings));
    expect((await world.control("GET", "/v1/status")).status).toBe(200);
  });
});

test("stops in order while packets are on their way, and loses none of them", async () => {
  const { world, bridge } = scene;
  await world.start();
  world.collector.reply = () => ({ status: 503 });
  const sequence = await finalPacket();
  await world.reaches(sequence, "signed");
  const others = [await bridge.transfer(), await bridge.transfer()];
  await makeFinal(bridge.source);
  await world.stop();
  world.collector.reply = undefined;
  await world.start();
  for (const packet of [sequence, ...others.map((sent) => sent.sequence)]) await world.reaches(packet, "delivered");
  const counts = new Map<bigint, number>();
  for (const { packet } of world.signer.requests) counts.set(packet.sequence, (counts.get(packet.sequence) ?? 0) + 1);
  expect(counts.get(sequence)).toBe(1);
});

test("metrics say what is expected of them", async () => {
  const { world } = scene;
  await world.start();
  await world.reaches(await finalPacket(), "delivered");
  const metrics = await until("the deliveries to be counted", async () => {
    const text = await world.metrics();
    return text.includes('attestor_chain_packets{route="alpha-to-beta",state="delivered"} 1') && text;
  });
  for (const sample of [
    'attestor_chain_single_source{chain="alpha"} 1',
    'attestor_chain_provider_up{chain="beta",provider="beta-node"} 1',
    'attestor_chain_missing_packets{route="alpha-to-beta"} 0',
    'attestor_chain_oldest_unattested_seconds{route="alpha-to-beta"} 0',
    'attestor_chain_signer_answers_total{route="alpha-to-beta",outcome="approved"} 1',
    'attestor_chain_deliveries_total{collector="main",outcome="acknowledged"} 1',
    'attestor_chain_outbox_waiting{collector="main"} 0',
  ]) {
    expect(metrics).toContain(sample);
  }
  const helpless = metrics.split("\n").filter((line) => line.startsWith("# HELP") && line.split(" ").length < 6);
  expect(helpless).toEqual([]);
});
