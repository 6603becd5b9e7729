import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { openSqliteStore } from "../../collector/store/index.ts";
import { pageOfRoute } from "../../collector/store/sqlite/reading.ts";
import { collectorDatabase } from "../../collector/store/sqlite/schema.ts";
import { openDatabase, type SqliteDatabase } from "../../shared/sqlite/index.ts";
import { attestor, submission } from "./attestors.ts";
import { startCollectorUnderTest } from "./collectorUnderTest.ts";
import { packet } from "./packets.ts";
import { describeStore } from "./storeContract.ts";

const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-store-"));
const file = path.join(folder, "collector.sqlite");
afterAll(() => rmSync(folder, { recursive: true }));

describeStore("SQLite", {
  open: async () => openSqliteStore(file),
  clear: async () => rmSync(file),
});

describe("the SQLite file", () => {
  it("belongs to one process at a time", async () => {
    const store = openSqliteStore(file);
    expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: "database_in_use" }));
    await store.close();
    await openSqliteStore(file).close();
  });

  it("is not taken from another service", () => {
    const ledger = path.join(folder, "ledger.sqlite");
    openDatabase(ledger, { applicationId: 7, migrations: ["CREATE TABLE t (a INTEGER) STRICT"] }, "create").close();
    expect(() => openSqliteStore(ledger)).toThrow(expect.objectContaining({ code: "database_unusable" }));
  });

  it("finds a page by the index of its route alone, so that a filter that fits nothing reads nothing", () => {
    const database = openDatabase(path.join(folder, "plan.sqlite"), collectorDatabase, "create");
    const values = { deployment: "alpha", source: "1", destination: "2", after: 0, limit: 20 };
    const plan = database.prepare<object, { detail: string }>(`EXPLAIN QUERY PLAN ${pageOfRoute}`).all(values);
    expect(plan.map(({ detail }) => detail)).toEqual([
      "SEARCH packet_id USING INDEX packet_id_route (deployment=? AND source=? AND destination=? AND listed>?)",
    ]);
    database.close();
  });
});

describe("a disk that is full", () => {
  afterEach(() => void vi.restoreAllMocks());

  /** A collector, and a limit for the pages of its file, as a full disk sets one. */
  async function start() {
    const opened: SqliteDatabase[] = [];
    const { pragma } = Database.prototype;
    vi.spyOn(Database.prototype, "pragma").mockImplementation(function (this: SqliteDatabase, ...asked) {
      opened.push(this);
      return pragma.apply(this, asked);
    });
    const collector = await startCollectorUnderTest();
    vi.restoreAllMocks();
    const limitPages = (pages: number | undefined) =>
      opened[0]?.pragma(`max_page_count = ${pages ?? opened[0].pragma("page_count", { simple: true })}`);
    return { collector, limitPages };
  }

  it("keeps attestors waiting, says so, and takes what they bring when there is room", async () => {
    const { collector, limitPages } = await start();
    const post = (sequence: number) =>
      collector.postAs(0, "/v1/attestations", submission(packet(sequence), "white", attestor(0)));
    limitPages(undefined);
    let answer = await post(1);
    let sequence = 1;
    for (; answer.status === 201 && sequence < 100; answer = await post(sequence)) sequence += 1; // some still fit
    expect(answer).toMatchObject({ status: 503, body: { code: "failed", data: { rule: "store" } } });
    const { status, text } = await collector.ops("/readyz");
    expect([status, text]).toEqual([503, expect.stringContaining("the database cannot be used (SQLITE_FULL)")]);
    expect((await collector.read("/v1/packets?limit=1")).status).toBe(200);
    limitPages(1_000_000);
    await expect.poll(async () => (await collector.ops("/readyz")).status, { timeout: 30_000 }).toBe(200);
    expect((await post(sequence)).status).toBe(201);
    await collector.close();
  });
});
