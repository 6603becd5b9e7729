import { existsSync, readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { attestor } from "../support/attestor.ts";
import { makeFinal } from "./support/bridge.ts";
import { firstPages, overwrite, spoil } from "./support/spoil.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

const databaseFile = () => path.join(scene.world.stateFolder, "chain.sqlite");

async function deliverOne(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  await scene.world.reaches(sequence, "delivered");
  return sequence;
}

describe("a damaged database", () => {
  test("is refused at the start, with the steps that recover it; following them loses nothing", {
    timeout: 180_000,
  }, async () => {
    const { world } = scene;
    await world.start();
    const sequence = await deliverOne();
    const signature = (await world.packet(sequence))?.attestation?.signature;
    await world.stop();
    spoil(databaseFile(), "packets");
    const refused = await attestor(["chain", "--config", world.configFile]);
    expect(refused.code).toBe(1);
    const said = refused.stdout + refused.stderr;
    expect(said).toMatch(/chain\.sqlite is damaged \(.+\)\. Keep it: move chain\.sqlite, chain\.sqlite-wal and/);
    expect(said).toMatch(/Without a backup start without the file: .* No packet is lost either way/);

    const old = readdirSync(world.stateFolder).filter((name) => name.startsWith("chain.sqlite"));
    for (const name of old) {
      renameSync(path.join(world.stateFolder, name), path.join(path.dirname(world.configFile), name));
    }
    expect(existsSync(databaseFile())).toBe(false);
    await world.start();
    expect((await world.reaches(sequence, "delivered")).attestation?.signature).toBe(signature);
  });

  test("ends the service when it is found while it runs, with the same steps", { timeout: 120_000 }, async () => {
    const { world, bridge } = scene;
    const service = await world.start();
    await deliverOne();
    const ended = service.ended.then(
      () => undefined,
      (error: unknown) => error,
    );
    const database = world.database();
    database.pragma("wal_checkpoint(TRUNCATE)");
    overwrite(databaseFile(), firstPages(database, "packets"));
    database.pragma("cache_size = 0"); // from now on it reads the file
    database.pragma("shrink_memory");
    await bridge.transfer();
    await makeFinal(bridge.source);
    expect(await ended).toMatchObject({ code: "database_damaged", data: { file: databaseFile() } });
  });
});

test("a full disk stops the work and loses nothing: it goes on by itself when there is space", {
  timeout: 180_000,
}, async () => {
  const { world, bridge } = scene;
  await world.start();
  const first = await deliverOne();
  const database = world.database();
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${pages}`);
  const sent = [];
  for (let count = 0; count < 12; count += 1) sent.push((await bridge.transfer()).sequence);
  await makeFinal(bridge.source);
  await world.complains(/^work ".*": it failed: no space is left for the database/);
  expect((await world.ready()).ready).toBe(false);
  expect(await world.packet(first)).toMatchObject({ state: "delivered" });

  database.pragma("max_page_count = 1000000");
  for (const sequence of sent) await world.reaches(sequence, "delivered");
  await until("the service to be ready", async () => (await world.ready()).ready);
  const asked = new Map<bigint, Set<string>>();
  for (const { packet, verdict } of world.signer.requests) {
    const content = JSON.stringify([packet, verdict], (_, value: unknown) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    asked.set(packet.sequence, (asked.get(packet.sequence) ?? new Set()).add(content));
  }
  expect(asked.size).toBe(sent.length + 1);
  for (const contents of asked.values()) expect(contents.size).toBe(1);
});
