import { expect, test } from "vitest";
import { AttestorError } from "../../shared/errors/index.ts";
import { makeFinal } from "./support/bridge.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";
import { startVerulinkDouble } from "./support/verulinkDouble.ts";

const scene = useWorld();

async function finalPacket(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  return sequence;
}

test("each collector has its own outbox: one that is down keeps nothing from the other", async () => {
  const { world } = scene;
  const database = await startVerulinkDouble(world.pki, "/base");
  const { url, pin } = database;
  world.settings.collectors.push({ name: "second", kind: "verulink", url: `${url}/base`, pin, timeout: "2s" });
  database.status = 503;
  await world.start();
  const sequence = await finalPacket();
  const half = await until("the first collector to have it", async () => {
    const shown = await world.packet(sequence);
    return shown?.deliveries.some(({ state }) => state === "acknowledged") ? shown : undefined;
  });
  expect(half).toMatchObject({
    state: "signed",
    deliveries: [
      { collector: "main", state: "acknowledged" },
      { collector: "second", state: "waiting" },
    ],
  });
  database.status = undefined;
  await world.reaches(sequence, "delivered");
  expect(database.bodies.length).toBeGreaterThan(2);
  await database.close();
});

test("a delivery that the collector leaves unanswered keeps no other packet waiting, nor the service from stopping", async () => {
  const { world } = scene;
  world.settings.collectors[0].timeout = "10m";
  const never = new Promise<undefined>(() => {});
  world.collector.reply = () => never;
  await world.start();
  const hanging = [await finalPacket(), await finalPacket(), await finalPacket()];
  await until("all three to hang", () => world.collector.requests.length === 3);
  world.collector.reply = undefined;
  const next = await finalPacket();
  await world.reaches(next, "delivered");
  for (const sequence of hanging) expect((await world.packet(sequence))?.state).toBe("signed");
  await world.start();
  for (const sequence of hanging) await world.reaches(sequence, "delivered");
});

test("a packet that a collector refuses is tried again by itself, in growing pauses, while others pass", async () => {
  const { world } = scene;
  world.collector.reply = () => ({ status: 500 });
  await world.start();
  const refused = await finalPacket();
  const tries = async () => {
    const shown = await world.packet(refused);
    return Number((shown?.deliveries[0]?.attempts as { source?: string } | undefined)?.source ?? 0);
  };
  await until("two tries", async () => (await tries()) >= 2);
  world.collector.reply = ({ packet }) => (packet.sequence === refused ? { status: 500 } : undefined);
  await world.reaches(await finalPacket(), "delivered");
  expect((await world.packet(refused))?.state).toBe("signed");
  const pauses = world.log
    .map((line) => JSON.parse(line) as { msg?: string; packet?: string; delayMs?: number })
    .filter(({ msg, packet }) => msg === "will deliver again" && packet === `1/2/${refused}`)
    .map(({ delayMs }) => delayMs ?? 0);
  for (const [index, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index);
    expect(pause).toBeLessThanOrEqual(1_000 * 2 ** index);
  }
  world.collector.reply = undefined;
  await world.reaches(refused, "delivered");
});

test("a new store of one collector brings nothing to the other", async () => {
  const { world } = scene;
  const database = await startVerulinkDouble(world.pki, "/base");
  const { url, pin } = database;
  world.settings.collectors.push({ name: "second", kind: "verulink", url: `${url}/base`, pin, timeout: "30s" });
  world.settings.collectors[0].poll = "100ms";
  await world.start();
  await world.reaches(await finalPacket(), "delivered");
  const posts = database.bodies.length;
  world.collector.instance = "store-2";
  await until("the delivery to come again", () => world.collector.requests.length === 2);
  await world.reaches(await finalPacket(), "delivered");
  expect(database.bodies.length).toBe(posts + 2);
  await world.stop();
  await database.close();
});

test("an acknowledged attestation that can't be read back is handed in again", async () => {
  const { world } = scene;
  world.collector.shown = { status: 404 };
  await world.start();
  const sequence = await finalPacket();
  await until("the delivery to be tried again", async () => world.collector.requests.length > 1);
  expect((await world.packet(sequence))?.state).toBe("signed");
  world.collector.shown = undefined;
  await world.reaches(sequence, "delivered");
});

test("when a collector's store was replaced, every packet that is not executed is delivered again", async () => {
  const { world, bridge } = scene;
  world.settings.collectors[0].poll = "100ms";
  await world.start();
  const executed = await finalPacket();
  await world.reaches(executed, "delivered");
  const [submitted] = world.collector.requests;
  if (!submitted) throw new Error("nothing was delivered");
  await bridge.withdraw({ ...world.signer.attest(submitted), ...submitted });
  await world.reaches(executed, "executed");
  const open = [await finalPacket(), await finalPacket()];
  for (const sequence of open) await world.reaches(sequence, "delivered");
  expect(world.collector.requests).toHaveLength(3);

  world.collector.instance = "store-2";
  const again = () => world.collector.requests.slice(3).map(({ packet }) => packet.sequence);
  await until("the deliveries to come again", async () => again().length === 2);
  expect(again().sort()).toEqual(open);
  await world.stop();
  await world.start();
  await until("the collector to be looked at", async () => (await world.metrics()).includes('peer_up{peer="main"} 1'));
  expect(again()).toHaveLength(2);
});

test("a collector that could not be asked is asked again within seconds, however rarely it is looked at otherwise", async () => {
  const { world } = scene;
  world.settings.collectors[0].poll = "1h";
  world.collector.onRequests = () => {
    throw new AttestorError("overloaded", { reason: "it has just been started", retryAfterSeconds: 1 });
  };
  await world.start();
  await world.complains(/^collector main/);
  world.collector.onRequests = undefined;
  await world.becomesReady();
});

test("attested packets that are not executed in time are reported as overdue", async () => {
  const { world } = scene;
  world.settings.routes[0].overdue = "0s";
  await world.start();
  await world.reaches(await finalPacket(), "delivered");
  const { body } = await world.control("GET", "/v1/status");
  expect(`${(body as { routes: { overdue: unknown }[] }).routes[0]?.overdue}`).toBe("1");
  expect(await world.metrics()).toContain('attestor_chain_overdue_packets{route="alpha-to-beta"} 1');
});
