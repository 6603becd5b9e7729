import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openSqliteStore } from "../../collector/store/index.ts";
import { openDatabase } from "../../shared/sqlite/index.ts";
import { describeStore } from "./storeContract.ts";

function newFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "hsm-attestor-store-"));
}

let folder = newFolder();
describeStore("SQLite", {
  open: async () => openSqliteStore(path.join(folder, "collector.sqlite")),
  clear: async () => {
    rmSync(folder, { recursive: true });
    folder = newFolder();
  },
});

describe("the SQLite file", () => {
  it("belongs to one process at a time", async () => {
    const file = path.join(newFolder(), "collector.sqlite");
    const store = openSqliteStore(file);
    expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: "database_in_use" }));
    await store.close();
    await openSqliteStore(file).close();
    rmSync(path.dirname(file), { recursive: true });
  });

  it("is not taken from another service", () => {
    const file = path.join(newFolder(), "ledger.sqlite");
    openDatabase(file, { applicationId: 7, migrations: ["CREATE TABLE t (a INTEGER) STRICT"] }, "create").close();
    expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: "database_unusable" }));
    rmSync(path.dirname(file), { recursive: true });
  });
});
