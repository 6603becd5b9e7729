import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type RunningCollector, startCollector } from "../../collector/index.ts";
import type { PostgresSettings } from "../../collector/store/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { bridgeIds, makeFinal } from "./support/bridge.ts";
import { freePort } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

/** A chain-service and a real collector whose data disappears. */
const scene = useWorld();
const quiet = createLogger({ service: "collector", level: "error" }, { write: () => undefined });
let server: Postgres;
let settings: PostgresSettings;
let collector: RunningCollector | undefined;

beforeAll(async () => {
  server = await startPostgres();
  settings = await server.newDatabase();
});
afterEach(async () => {
  await collector?.stop();
  collector = undefined;
});
afterAll(() => server?.close());

async function start(database: unknown, port: number): Promise<void> {
  const { world, bridge } = scene;
  const end = (index: 0 | 1, chainId: bigint) => ({
    chainId: `${chainId}`,
    family: "evm",
    tokenService: bridge.sides[index].tokenService,
  });
  const { pin } = await world.pki.clientIdentity("chain-service");
  const file = path.join(path.dirname(world.listFile), "collector.yaml");
  const config = {
    service: "collector",
    listen: { host: "127.0.0.1", port },
    public: { host: "127.0.0.1", port: 0 },
    ops: { host: "127.0.0.1", port: 0 },
    tls: world.pki.serverIdentity.files,
    database,
    clients: [{ name: "chain-service", pins: [pin], attestors: [world.signer.address] }],
    registry: [
      {
        deployment: "local",
        source: end(0, bridgeIds.source),
        destination: { ...end(1, bridgeIds.destination), bridge: bridge.sides[1].bridge },
        scheme: "verulink-evm",
        quorum: 1,
        attestors: [world.signer.address],
      },
    ],
  };
  writeFileSync(file, stringify(config, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }));
  collector = await startCollector(file, { logger: quiet });
}

async function has(sequence: bigint): Promise<boolean> {
  const where = `/v1/packets/${bridgeIds.source}/${bridgeIds.destination}/${sequence}`;
  return (await fetch(`http://127.0.0.1:${collector?.ports.public}${where}`)).ok;
}

describe("a collector that lost everything", () => {
  it.each<[string, () => unknown, () => Promise<void>]>([
    [
      "SQLite",
      () => "collector.sqlite",
      async () => rmSync(path.join(path.dirname(scene.world.listFile), "collector.sqlite")),
    ],
    [
      "PostgreSQL",
      () => ({ postgresql: { host: settings.host, database: settings.database, user: settings.user } }),
      async () => {
        await server.dropDatabase(settings);
        settings = await server.newDatabase();
      },
    ],
  ])("gets every packet that is not executed again, without a person: %s", async (_kind, database, wipe) => {
    const { world, bridge } = scene;
    const port = await freePort();
    await start(database(), port);
    world.settings.collectors = [
      { name: "main", url: `https://127.0.0.1:${port}`, pin: world.pki.serverIdentity.pin, timeout: "30s", poll: "1s" },
    ];
    await world.start();
    const sequences = [(await bridge.transfer()).sequence, (await bridge.transfer()).sequence];
    await makeFinal(bridge.source);
    for (const sequence of sequences) await world.reaches(sequence, "delivered");
    expect(await Promise.all(sequences.map(has))).toEqual([true, true]);

    await collector?.stop();
    await wipe();
    await start(database(), port);
    expect(await Promise.all(sequences.map(has))).toEqual([false, false]);
    await until("everything to be there again", async () => (await Promise.all(sequences.map(has))).every(Boolean));
  });
});
