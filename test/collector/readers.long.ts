import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresStore, openSqliteStore, type PostgresSettings } from "../../collector/store/index.ts";
import { fill } from "../bench/collector/fill.ts";
import { read } from "../bench/collector/readers.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { attestors } from "./attestors.ts";
import { type CollectorUnderTest, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, aleoService, evmBridge, evmChain, evmService } from "./packets.ts";

const [packets, signers, clients] = [10_000, 5, 50] as const;
const registry = [
  {
    deployment: "alpha",
    source: { chainId: aleoChain, family: "aleo", tokenService: aleoService },
    destination: { chainId: evmChain, family: "evm", tokenService: evmService, bridge: evmBridge },
    scheme: "verulink-evm",
    quorum: 3,
    attestors: attestors.slice(0, signers).map(({ address }) => address),
  },
];

let postgres: Postgres;
let settings: PostgresSettings;
beforeAll(async () => {
  postgres = await startPostgres();
  settings = await postgres.newDatabase();
});
afterAll(() => postgres?.close());

async function readersOf(database: unknown, fillStore: (folder: string) => Promise<void>): Promise<void> {
  const collector: CollectorUnderTest = await startCollectorUnderTest(registry, {
    database,
    public: { rate: { perMinute: 1_000_000 } },
  });
  try {
    await collector.running().stop();
    await fillStore(collector.folder);
    await collector.start();
    const port = collector.running().ports.public;
    for (const kind of ["one packet", "one packet, unchanged", "a page of 100"] as const) {
      const { statuses, requests } = await read(port, kind, { clients, seconds: 10, packets });
      expect(requests, kind).toBeGreaterThan(clients);
      expect(
        Object.keys(statuses).filter((status) => status !== "200" && status !== "304"),
        kind,
      ).toEqual([]);
    }
    const { attestations, status } = (await collector.read(`/v1/packets/${aleoChain}/${evmChain}/${packets}`)).body;
    expect([status, attestations.length]).toEqual(["quorum", signers]);
  } finally {
    await collector.close();
  }
}

describe("10,000 packets with signatures of 5 attestors, read by 50 clients at once", () => {
  it("are all served from SQLite", async () => {
    await readersOf("collector.sqlite", async (folder) => {
      const store = openSqliteStore(path.join(folder, "collector.sqlite"));
      await fill(store, packets, signers);
      await store.close();
    });
  });

  it("are all served from PostgreSQL", async () => {
    const { host, database, user } = settings;
    await readersOf({ postgresql: { host, database, user } }, async () => {
      const store = await openPostgresStore(settings);
      await fill(store, packets, signers);
      await store.close();
    });
  });
});
