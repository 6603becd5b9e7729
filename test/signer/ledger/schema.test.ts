import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { ledgerIdOf } from "../../../signer/ledger/index.ts";
import { contentColumns } from "../../../signer/ledger/rows.ts";
import { ledgerSchema } from "../../../signer/ledger/schema.ts";
import { addresses, sampleReservation } from "../samples.ts";
import { temporaryLedger } from "./temporaryLedger.ts";

const signature = `0x${"ab".repeat(64)}1b` as const;

/** A ledger with sequence 7 SIGNED and 8 SIGNING, opened by a program that is not ours. */
async function foreignAccess(): Promise<Database.Database> {
  const { file, ledger } = temporaryLedger();
  await ledger.reserve(sampleReservation());
  await ledger.release(ledgerIdOf(sampleReservation()), { signature, signer: addresses.receiver, custody: "hsm" });
  await ledger.reserve(sampleReservation({ sequence: 8n }));
  ledger.state.close();
  return new Database(file);
}

const signing = "WHERE sequence LIKE '%8'";
const signed = "WHERE sequence LIKE '%7'";
const sign = `state = 'SIGNED', signature = '${signature}', signer = 'x', custody = 'hsm', released_at_ms = 1`;

describe("against any statement of any program, the ledger's own constraints", () => {
  it.each([
    ["deletes a released row", `DELETE FROM attestations ${signed}`, "never deleted"],
    ["deletes a reserved row", `DELETE FROM attestations ${signing}`, "never deleted"],
    ["deletes all", "DELETE FROM attestations", "never deleted"],
    ["changes a digest", `UPDATE attestations SET digest = digest ${signing}`, "never changes"],
    ["changes an amount", `UPDATE attestations SET amount = '11' ${signing}`, "never changes"],
    [
      "changes content while releasing",
      `UPDATE attestations SET ${sign}, verdict = 'flagged' ${signing}`,
      "never changes",
    ],
    ["changes an id", `UPDATE attestations SET sequence = '00000000000000000009' ${signing}`, "never changes"],
    ["changes a signature", `UPDATE attestations SET signature = '${signature}' ${signed}`, "only goes from SIGNING"],
    ["takes a release back", `UPDATE attestations SET state = 'SIGNING' ${signed}`, "only goes from SIGNING"],
    [
      "takes a release back wholly",
      `UPDATE attestations SET state = 'SIGNING', signature = NULL, signer = NULL, custody = NULL, released_at_ms = NULL ${signed}`,
      "only goes from SIGNING",
    ],
    ["releases without a signature", `UPDATE attestations SET state = 'SIGNED' ${signing}`, "CHECK constraint"],
    [
      "adds a signature without releasing",
      `UPDATE attestations SET signature = '${signature}' ${signing}`,
      "only goes from",
    ],
    ["cuts a signature short", `UPDATE attestations SET ${sign}, signature = '0xab' ${signing}`, "CHECK constraint"],
    ["inserts an id again", "INSERT INTO attestations SELECT * FROM attestations", "never replaced"],
    ["replaces a row", "INSERT OR REPLACE INTO attestations SELECT * FROM attestations", "never replaced"],
    ["replaces by REPLACE", `REPLACE INTO attestations SELECT * FROM attestations ${signed}`, "never replaced"],
  ])("refuse what %s", async (_what, sql, reason) => {
    const database = await foreignAccess();
    const before = database.prepare("SELECT * FROM attestations").all();
    try {
      expect(() => database.prepare(sql).run()).toThrow(reason);
      expect(database.prepare("SELECT * FROM attestations").all()).toEqual(before);
    } finally {
      database.close();
    }
  });

  it.each([
    ["a sequence that is not padded", { sequence: "9" }],
    ["a sequence beyond u64", { sequence: "18446744073709551616" }],
    ["a chain id with a leading zero", { source: "01" }],
    ["a chain id with 40 digits", { source: "1".repeat(40) }],
    ["an amount with a sign", { amount: "-1" }],
    ["a digest of 31 bytes", { digest: `0x${"ab".repeat(31)}` }],
    ["a digest that is a field with a leading zero", { digest: "01field" }],
    ["a digest that is a field without digits", { digest: "field" }],
    ["a digest that is a field of 77 digits", { digest: `${"1".repeat(77)}field` }],
    ["a packet hash that is a field with a sign", { packet_hash: "-1field" }],
    ["a digest in upper case", { digest: `0x${"AB".repeat(32)}` }],
    ["an unknown verdict", { verdict: "grey" }],
    ["an unknown state", { state: "DONE" }],
    ["a released row without its signature", { state: "SIGNED" }],
    ["a reserved row with a signature", { signature }],
    ["a version beyond u8", { version: 256 }],
  ])("refuse a row with %s", async (_what, change) => {
    const database = await foreignAccess();
    try {
      const row = database.prepare<[], Record<string, unknown>>(`SELECT * FROM attestations ${signing}`).get();
      const changed: Record<string, unknown> = { ...row, deployment: "another", ...change };
      const columns = Object.keys(changed);
      const insert = database.prepare(
        `INSERT INTO attestations (${columns.join(", ")}) VALUES (${columns.map((column) => `@${column}`).join(", ")})`,
      );
      expect(() => insert.run(changed)).toThrow("CHECK constraint failed");
      expect(() => insert.run({ ...row, deployment: "another" })).not.toThrow();
    } finally {
      database.close();
    }
  });

  it("take hashes and signatures in the forms of Aleo too", async () => {
    const database = await foreignAccess();
    try {
      const insert = `INSERT INTO attestations SELECT * FROM attestations ${signing}`;
      database.exec(
        insert.replace(
          "SELECT *",
          `SELECT ${columnsOf(database, { deployment: "'aleo'", packet_hash: "'0field'", digest: "'12field'" })}`,
        ),
      );
      database.exec(`UPDATE attestations SET ${sign}, signature = 'sign1${"q".repeat(211)}' WHERE deployment = 'aleo'`);
      expect(() =>
        database.exec(`UPDATE attestations SET ${sign}, signature = 'sign1q' ${signing} AND deployment <> 'aleo'`),
      ).toThrow("CHECK");
    } finally {
      database.close();
    }
  });

  it("come to a ledger that was made when every hash was one of EVM, and its rows stay", async () => {
    const temporary = temporaryLedger();
    const { file } = temporary;
    temporary.ledger.state.close();
    const old = new Database(file);
    old.exec("DROP TABLE openings; DROP TABLE closures; DROP TABLE attestations; DROP TABLE imports");
    old.exec(ledgerSchema);
    old.exec("ALTER TABLE gate_proposals DROP COLUMN pin; DROP TABLE gate_sights");
    old.pragma("user_version = 3");
    const reserved = contentColumns(sampleReservation(), 1);
    const columns = Object.keys(reserved);
    old
      .prepare(
        `INSERT INTO attestations (${columns.join(", ")}, state) VALUES (${columns.map((c) => `@${c}`).join(", ")}, 'SIGNING')`,
      )
      .run(reserved);
    const before = old.prepare("SELECT * FROM attestations").all();
    expect(() => old.exec(`UPDATE attestations SET ${sign}, signature = 'sign1${"q".repeat(211)}'`)).toThrow("CHECK");
    old.close();

    temporary.reopen().state.close();
    const now = new Database(file);
    try {
      expect(now.prepare("SELECT * FROM attestations").all()).toEqual(before);
      expect(() => now.exec("DELETE FROM attestations")).toThrow("never deleted");
      expect(() => now.exec("INSERT INTO attestations SELECT * FROM attestations")).toThrow("never replaced");
      now.exec(`UPDATE attestations SET ${sign}, signature = 'sign1${"q".repeat(211)}'`);
      expect(() => now.exec(`UPDATE attestations SET ${sign}`)).toThrow("only goes from SIGNING");
    } finally {
      now.close();
    }
  });

  it("store chain values as text, so that no digit is lost", async () => {
    const database = await foreignAccess();
    try {
      const types = database
        .prepare(
          "SELECT typeof(source) AS source, typeof(sequence) AS sequence, typeof(amount) AS amount FROM attestations",
        )
        .get();
      expect(types).toEqual({ source: "text", sequence: "text", amount: "text" });
    } finally {
      database.close();
    }
  });
});

/** The table's columns for a SELECT, some of them replaced by other expressions. */
function columnsOf(database: Database.Database, changes: Readonly<Record<string, string>>): string {
  const names = database.pragma("table_info(attestations)") as { readonly name: string }[];
  return names.map(({ name }) => changes[name] ?? name).join(", ");
}
