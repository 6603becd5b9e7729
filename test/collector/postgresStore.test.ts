import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openPostgresStore, type PostgresSettings, type Store } from "../../collector/store/index.ts";
import { createReading, pageOfRoutes } from "../../collector/store/postgres/reading.ts";
import { migrations, schemaName } from "../../collector/store/postgres/schema.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { attestor } from "./attestors.ts";
import { packet } from "./packets.ts";
import { alpha, describeStore, known, statement } from "./storeContract.ts";

let server: Postgres;
let settings: PostgresSettings;
beforeAll(async () => {
  server = await startPostgres();
  settings = await server.newDatabase();
});
afterAll(() => server?.close());

async function clear(): Promise<void> {
  await server.dropDatabase(settings);
  settings = await server.newDatabase();
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ ...settings, database: "postgres", password: undefined });
  await client.connect();
  await client.query(statement);
  await client.end();
}

describeStore("PostgreSQL", { open: () => openPostgresStore(settings), clear });

describe("a PostgreSQL database that several collectors share", () => {
  let stores: Store[] = [];
  beforeEach(async () => {
    stores = await Promise.all([1, 2, 3].map(() => openPostgresStore(settings)));
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await clear();
  });
  const at = (index: number) => stores[index % stores.length] as Store;

  it("has one name and one set of tables, also when all start at once on an empty one", () => {
    expect(new Set(stores.map(({ instance }) => instance)).size).toBe(1);
  });

  it("stores a statement once, whoever of them takes it in, and the first of two that differ", async () => {
    const sent = packet(1);
    const same = await Promise.all(Array.from({ length: 12 }, (_, n) => at(n).record(statement(sent, 0), known(sent))));
    expect(same.filter((outcome) => outcome === "stored")).toHaveLength(1);
    expect(same.filter((outcome) => outcome === "duplicate")).toHaveLength(11);
    const differing = Array.from({ length: 6 }, (_, n) => ({ ...sent, sequence: 2n, height: BigInt(100 + n) }));
    const outcomes = await Promise.all(differing.map((each, n) => at(n).record(statement(each, 0), known(each))));
    expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "conflict")).toHaveLength(5);
    expect(await at(1).conflicts()).toHaveLength(1);
  });

  it("shows readers positions and events in the order of their numbers, while many write", async () => {
    const writing = Promise.all(
      Array.from({ length: 120 }, (_, n) => at(n).record(statement(packet(n + 1), n % 3), known(packet(n + 1)))),
    );
    let isOver = false;
    void writing.finally(() => {
      isOver = true;
    });
    const [positions, events]: [number[], number[]] = [[], []];
    for (let last = false; !last; ) {
      last = isOver;
      positions.push(...(await at(0).list([alpha], positions.at(-1) ?? 0, 20)).map(({ position }) => position));
      events.push(...(await at(1).events(events.at(-1) ?? 0, 20)).map(({ number }) => number));
    }
    await writing;
    positions.push(...(await at(0).list([alpha], positions.at(-1) ?? 0, 200)).map(({ position }) => position));
    events.push(...(await at(1).events(events.at(-1) ?? 0, 200)).map(({ number }) => number));
    expect(positions).toHaveLength(120);
    expect(events).toHaveLength(120);
  });

  it("tells each of them what another one stored", async () => {
    const heard = stores.map((store) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      store.onStored(() => {
        void store.newestEvent().then((number) => number > 0 && resolve());
      });
      return promise;
    });
    await at(0).record(statement(packet(1), 0), known(packet(1)));
    await Promise.all(heard);
    expect(await at(2).events(0, 10)).toMatchObject([{ number: 1, signer: attestor(0).address }]);
  });
});

describe("the tables in PostgreSQL", () => {
  let client: pg.Client;
  beforeEach(async () => {
    client = new pg.Client({ ...settings, password: undefined, options: `-c search_path=${schemaName}` });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await clear();
  });

  /** 20,000 packets of alpha, in tables of that version of the program. */
  async function fill(version: number): Promise<void> {
    await client.query(`CREATE SCHEMA ${schemaName}; CREATE TABLE schema_version (version INTEGER NOT NULL)`);
    for (const migration of migrations.slice(0, version)) await client.query(migration);
    await client.query("INSERT INTO schema_version VALUES ($1)", [version]);
    await client.query(
      `INSERT INTO packet_id (deployment, source, destination, sequence)
       SELECT 'alpha', '${alpha.source}', '${alpha.destination}', n::text FROM generate_series(1, 20000) AS n`,
    );
    await client.query(
      `INSERT INTO packet (position, packet_hash, white_digest, flagged_digest, content)
       SELECT position, '', '', '', '' FROM packet_id WHERE sequence <> '7'`,
    );
    await client.query("ANALYZE");
  }

  it("give a page by the index of its route alone, so that a filter that fits nothing reads nothing", async () => {
    await fill(migrations.length);
    const values = [["alpha", "beta"], ["1", "2"], ["3", "4"], 0, 20];
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${pageOfRoutes}`, values);
    const [{ Plan: plan }] = rows[0]["QUERY PLAN"];
    expect(JSON.stringify(plan)).toContain('"Index Name":"packet_id_route"');
    expect(JSON.stringify(plan)).not.toContain("Seq Scan");
    expect(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]).toBeLessThan(20);
  });

  it("of an older program are brought up to date, and its processes that still run give packets their place", async () => {
    await fill(1);
    const store = await openPostgresStore(settings);
    const ofOlder = `INSERT INTO packet (position, packet_hash, white_digest, flagged_digest, content)
      SELECT position, '', '', '', '' FROM packet_id WHERE sequence = '7'`;
    await client.query(ofOlder);
    const { rows } = await client.query("SELECT sequence, listed::int FROM packet_id ORDER BY listed DESC LIMIT 2");
    expect(rows).toEqual([
      { sequence: "7", listed: 20_001 },
      { sequence: "20000", listed: 20_000 },
    ]);
    await store.close();
  });
});

describe("a packet that is read while an attestor hands in another content of it", () => {
  it("shows no statement without the content that came with it", async () => {
    const store = await openPostgresStore(settings);
    const client = new pg.Client({ ...settings, password: undefined, options: `-c search_path=${schemaName}` });
    await client.connect();
    const [one, other] = [packet(1), packet(1, { height: 9n })];
    await store.record(statement(one, 0), known(one));
    let asked = 0;
    const reading = createReading(async (text, values) => {
      asked += 1;
      if (asked === 3) await store.record(statement(other, 1), known(other)); // between the halves of the record
      return (await client.query(text, [...values])).rows;
    });
    const [record] = await reading.find({ ...alpha, sequence: 1n });
    const contents = record?.packets.map(({ digests }) => digests.white);
    expect(contents).toEqual(expect.arrayContaining(record?.statements.map(({ digest }) => digest) ?? []));
    expect(asked).toBe(3);
    await client.end();
    await store.close();
    await clear();
  });
});

describe("a PostgreSQL server that crashes", () => {
  it("is said to be the reason, loses nothing that was acknowledged, and is used again when it is back", async () => {
    const store = await openPostgresStore(settings);
    await store.record(statement(packet(1), 0), known(packet(1)));
    await server.kill();
    await expect(store.record(statement(packet(2), 0), known(packet(2)))).rejects.toMatchObject({ code: "failed" });
    expect(store.fault()).toMatch(/the database cannot be used \(\w+/);
    expect(store.fault()).not.toContain(settings.host);
    await server.start();
    await expect
      .poll(() => store.record(statement(packet(2), 0), known(packet(2))).catch(() => "refused"), { timeout: 30_000 })
      .not.toBe("refused");
    expect(store.fault()).toBeUndefined();
    expect((await store.list([alpha], 0, 10)).map(({ id }) => id.sequence)).toEqual([1n, 2n]);
    const heard = new Promise<void>((resolve) => store.onStored(resolve));
    await store.record(statement(packet(3), 0), known(packet(3)));
    await heard;
    await store.close();
  });

  it("ends no process when connections break in the middle of transactions", async () => {
    const store = await openPostgresStore(settings);
    let isOver = false;
    const writing = [1, 2, 3, 4].map(async (writer) => {
      for (let n = 0; !isOver; n += 1) {
        const sent = packet(writer * 100_000 + n);
        await store.record(statement(sent, 0), known(sent)).catch(() => {});
      }
    });
    for (let cut = 0; cut < 10; cut += 1) {
      await pause(100);
      await asAdministrator("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    }
    isOver = true;
    await Promise.all(writing);
    await expect.poll(() => store.fault(), { timeout: 30_000 }).toBeUndefined();
    await store.close();
  });

  it("keeps a collector from starting, without naming where it is", async () => {
    const nowhere = { ...settings, host: "/nonexistent", user: "hidden-name" };
    await expect(openPostgresStore(nowhere)).rejects.toMatchObject({
      code: "failed",
      message:
        "Rule store could not decide: the database cannot be used (ENOENT: there is no such file). Try again later.",
    });
    await expect(openPostgresStore({ ...settings, database: "hidden-name" })).rejects.toMatchObject({
      message:
        "Rule store could not decide: the database cannot be used (3D000: the server has no database of that name). Try again later.",
    });
  });
});

describe("a PostgreSQL store of which nobody asks anything", () => {
  let store: Store;
  beforeEach(async () => {
    store = await openPostgresStore(settings);
  });
  afterEach(async () => {
    await store.close();
    await clear();
  });
  const soon = { timeout: 30_000 };

  it("notices that the server is gone, and that it is back", async () => {
    await server.kill();
    await expect.poll(() => store.fault(), soon).toMatch(/the database cannot be used/);
    await server.start();
    await expect.poll(() => store.fault(), soon).toBeUndefined();
  });

  it("is at fault while the database takes no writes, whoever reads, and writes again when it does", async () => {
    await asAdministrator(`ALTER DATABASE ${settings.database} SET default_transaction_read_only = on`);
    await asAdministrator(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${settings.database}'`,
    );
    await expect.poll(() => store.fault(), soon).toMatch(/the database cannot be used \(25006\)/);
    expect(await store.list([alpha], 0, 10)).toEqual([]);
    expect(store.fault()).toMatch(/25006/);
    await expect(store.record(statement(packet(1), 0), known(packet(1)))).rejects.toMatchObject({ code: "failed" });
    await asAdministrator(`ALTER DATABASE ${settings.database} RESET default_transaction_read_only`);
    await expect.poll(() => store.fault(), soon).toBeUndefined();
    // asked without a pause, so that no connection is left idle long enough to be closed for that
    await expect
      .poll(() => store.record(statement(packet(9), 0), known(packet(9))).catch(() => "refused"), soon)
      .toBe("stored");
  });
});
