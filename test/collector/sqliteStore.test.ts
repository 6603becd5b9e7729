import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../collector/store/index.ts";
import { pageOfRoute } from "../../collector/store/sqlite/reading.ts";
import { collectorDatabase } from "../../collector/store/sqlite/schema.ts";
import { openDatabase } from "../../shared/sqlite/index.ts";
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
