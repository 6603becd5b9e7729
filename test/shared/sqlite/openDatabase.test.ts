import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { type DatabaseKind, openDatabase, type SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { refusal } from "../refusal.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const kind: DatabaseKind = {
  applicationId: 0x41_54_54_31,
  migrations: ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"],
};
const nextKind: DatabaseKind = {
  ...kind,
  migrations: [...kind.migrations, "ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'"],
};

const newFile = () => path.join(temporaryFolder(), "notes.sqlite");

function open(file: string, mode: "existing" | "create" | "either" = "either", ofKind = kind): SqliteDatabase {
  const database = openDatabase(file, ofKind, mode, "Run attestor ledger init.");
  onTestFinished(() => {
    database.close();
  });
  return database;
}

const pragma = (database: SqliteDatabase, name: string) => database.pragma(name, { simple: true });

/** Another process that opens the file, stores one note, says so and then holds on until it is killed. */
async function otherProcessHolding(file: string) {
  const script = fileURLToPath(new URL("./holdDatabase.ts", import.meta.url));
  const child = spawn(process.execPath, [script, file, String(kind.applicationId), ...kind.migrations], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [line] = await once(createInterface(child.stdout), "line");
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { line: String(line), kill };
}

describe("an open database", () => {
  it("has every commit on disk before it returns: write-ahead log, synchronous FULL", () => {
    for (const mode of ["create", "existing", "either"] as const) {
      const file = newFile();
      if (mode === "existing") open(file).close();
      const database = open(file, mode);
      expect(pragma(database, "journal_mode")).toBe("wal");
      expect(pragma(database, "synchronous"), "FULL").toBe(2);
      expect(pragma(database, "foreign_keys")).toBe(1);
      expect(pragma(database, "locking_mode")).toBe("exclusive");
      expect(pragma(database, "temp_store"), "MEMORY").toBe(2);
    }
  });

  it("says what it is", () => {
    const database = open(newFile());
    expect(pragma(database, "application_id")).toBe(kind.applicationId);
    expect(pragma(database, "user_version")).toBe(1);
  });

  it("belongs to its owner alone, its log included", () => {
    const file = newFile();
    open(file).exec("INSERT INTO note (text) VALUES ('x')");
    for (const part of [file, `${file}-wal`]) expect(statSync(part).mode & 0o777, part).toBe(0o600);
  });

  it("keeps the mode that its operator gave it", () => {
    const file = newFile();
    open(file).close();
    chmodSync(file, 0o640);
    open(file).exec("INSERT INTO note (text) VALUES ('x')");
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("holds what was stored before a kill -9", async () => {
    const file = newFile();
    const other = await otherProcessHolding(file);
    expect(other.line).toBe("stored");
    await other.kill();
    expect(existsSync(`${file}-wal`), "the kill left a log behind").toBe(true);
    expect(open(file, "existing").prepare("SELECT text FROM note").pluck().all()).toEqual(["from another process"]);
  });
});

describe("the mode", () => {
  it("existing refuses a missing file, creates nothing and tells how to create it", () => {
    const file = newFile();
    expect(refusal("database_missing", () => open(file, "existing")).message).toBe(
      `${file} does not exist. Run attestor ledger init.`,
    );
    expect(existsSync(file)).toBe(false);
  });

  it("existing refuses an empty file: a ledger that was lost must not begin anew", () => {
    const file = newFile();
    writeFileSync(file, "");
    expect(refusal("database_unusable", () => open(file, "existing")).data.reason).toMatch(/^it is empty/);
    expect(readFileSync(file)).toHaveLength(0);
  });

  it("existing refuses a database without any table", () => {
    const file = newFile();
    const empty = new Database(file);
    empty.pragma("journal_mode = WAL");
    empty.close();
    expect(refusal("database_unusable", () => open(file, "existing")).data.reason).toMatch(/^it is empty/);
  });

  it("create refuses an existing file, even an empty one, and leaves it as it is", () => {
    const file = newFile();
    writeFileSync(file, "");
    expect(refusal("database_exists", () => open(file, "create")).data).toEqual({ file });
    expect(readFileSync(file)).toHaveLength(0);
  });

  it("create refuses what create has made", () => {
    const file = newFile();
    open(file, "create").close();
    refusal("database_exists", () => open(file, "create"));
  });

  it("either takes a missing, an empty and an existing file", () => {
    const file = newFile();
    open(file).exec("INSERT INTO note (text) VALUES ('kept')");
    writeFileSync(`${file}.empty`, "");
    expect(pragma(open(`${file}.empty`), "user_version")).toBe(1);
  });

  it.each(["create", "either"] as const)("%s names a folder that does not exist", (mode) => {
    const file = path.join(temporaryFolder(), "missing", "notes.sqlite");
    expect(refusal("database_unusable", () => open(file, mode)).data.reason).toBe(
      `its folder ${path.dirname(file)} does not exist`,
    );
  });
});

describe("one process at a time", () => {
  it("may open a database: it is in use while another process holds it, in every mode", async () => {
    const file = newFile();
    const other = await otherProcessHolding(file);
    for (const mode of ["existing", "either"] as const) {
      expect(refusal("database_in_use", () => open(file, mode)).data).toEqual({ file });
    }
    await other.kill();
    expect(pragma(open(file, "existing"), "user_version")).toBe(1);
  });

  it("may read it, too: no other connection sees the file while it is open", () => {
    const file = newFile();
    open(file).exec("INSERT INTO note (text) VALUES ('x')");
    const reader = new Database(file, { readonly: true, timeout: 0 });
    onTestFinished(() => {
      reader.close();
    });
    expect(() => reader.prepare("SELECT * FROM note").all()).toThrow(/locked|open/);
  });

  it("holds it from the moment it is open, before the first write", () => {
    const file = newFile();
    open(file).close();
    open(file);
    refusal("database_in_use", () => open(file));
  });
});

describe("migrations", () => {
  it("are applied once, in order, and keep what is stored", () => {
    const file = newFile();
    const before = open(file);
    before.exec("INSERT INTO note (text) VALUES ('kept')");
    before.close();
    for (let time = 0; time < 2; time += 1) {
      const after = open(file, "existing", nextKind);
      expect(pragma(after, "user_version")).toBe(2);
      expect(after.prepare("SELECT text, author FROM note").all()).toEqual([{ text: "kept", author: "nobody" }]);
      after.close();
    }
  });

  it("leave the database as it was when one fails", () => {
    const file = newFile();
    open(file).close();
    const broken = { ...nextKind, migrations: [...nextKind.migrations, "CREATE TABLE other (x) STRICT; nonsense"] };
    expect(refusal("database_unusable", () => open(file, "existing", broken)).data.reason).toBe("SQLITE_ERROR");
    const database = open(file, "existing");
    expect(pragma(database, "user_version")).toBe(1);
    expect(database.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["note"]);
  });

  it("refuse a database of a newer program", () => {
    const file = newFile();
    open(file, "create", nextKind).close();
    expect(refusal("database_unusable", () => open(file)).data.reason).toBe(
      "its schema version 2 is newer than this program's 1",
    );
  });
});

describe("a file of another kind", () => {
  const foreign = (file: string, statements: string) => {
    const database = new Database(file);
    database.exec(statements);
    database.close();
    return readFileSync(file);
  };

  it.each([
    ["another application id", "PRAGMA application_id = 7; CREATE TABLE a (x)"],
    [
      "another application id and our version",
      "PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE a (x)",
    ],
    ["no application id, but tables", "CREATE TABLE a (x)"],
    ["no application id, but a version", "PRAGMA user_version = 1"],
    ["another application id and nothing else", "PRAGMA application_id = 7"],
  ])("is refused and not changed by a byte: %s", (_what, statements) => {
    for (const mode of ["existing", "either"] as const) {
      const file = newFile();
      const before = foreign(file, statements);
      expect(refusal("database_unusable", () => open(file, mode)).data.reason).toBe("it is a database of another kind");
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  it("is refused when it is no database at all", () => {
    const file = newFile();
    writeFileSync(file, "service: signer\n".repeat(100));
    expect(refusal("database_unusable", () => open(file)).data.reason).toBe("SQLITE_NOTADB: it is no SQLite database");
    expect(readFileSync(file, "utf8")).toMatch(/^service: signer/);
  });

  it("is refused when it is a folder", () => {
    expect(refusal("database_unusable", () => open(temporaryFolder())).data.reason).toBe("SQLITE_CANTOPEN");
  });
});
