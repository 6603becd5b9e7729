import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { type AuditValue, canonicalJson, chainHead, emptyChain, recordHash } from "../../../signer/audit/index.ts";
import { temporaryState } from "../state/temporaryState.ts";

describe("canonical JSON", () => {
  it.each<[string, AuditValue, string]>([
    [
      "sorts keys by code units",
      { b: "1", a: "2", B: "3", é: "4", "": "5" },
      '{"":"5","B":"3","a":"2","b":"1","é":"4"}',
    ],
    ["sorts at every depth and keeps lists in order", [{ b: [], a: {} }, null, true], '[{"a":{},"b":[]},null,true]'],
    [
      "sorts keys that look like numbers as texts, which the engine does not",
      { "9": "a", "10": "b" },
      '{"10":"b","9":"a"}',
    ],
    ["escapes what JSON must and nothing else", 'a"\\\n\u2028ü', '"a\\"\\\\\\n\u2028ü"'],
  ])("%s", (_what, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("writes what JSON.stringify writes, whatever a text holds", () => {
    const every = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code));
    for (const text of [...every, "\ud800", "\u2029", "\uffff", "😀"]) {
      const quoted = JSON.stringify(text);
      expect(canonicalJson({ "": text })).toBe(`{"":${quoted}}`);
      expect(canonicalJson({ [`${text}!`]: text, "": text }), "keys out of order").toBe(
        `{"":${quoted},${JSON.stringify(`${text}!`)}:${quoted}}`,
      );
    }
  });

  it("refuses a member without a value", () => {
    const body: Record<string, AuditValue> = JSON.parse('{"a":"1"}');
    Reflect.set(body, "b", undefined);
    expect(() => canonicalJson(body)).toThrow("b has no value");
  });
});

describe("the audit chain", () => {
  it("hashes the domain, the previous hash and the record's bytes", () => {
    const previous = `0x${"ab".repeat(32)}` as const;
    const bytes = Buffer.concat([
      Buffer.from("hsm-attestor/audit/v1:"),
      Buffer.alloc(32, 0xab),
      Buffer.from('{"ü":1}'),
    ]);
    expect(recordHash(previous, '{"ü":1}')).toBe(`0x${createHash("sha256").update(bytes).digest("hex")}`);
  });

  it("hashes another previous hash otherwise, also one that is too long or too short", () => {
    const previous = "ab".repeat(32);
    const hashes = [previous, `${previous}cd`, previous.slice(2), ""].map((each) => recordHash(`0x${each}`, "{}"));
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(recordHash(`0x${previous.slice(2)}`, "{}")).toBe(hashes[2]);
  });

  it("links each record to the one before, across commits and restarts", async () => {
    const files = temporaryState();
    const record = (n: string) =>
      files.state.decide((transaction) => transaction.record({ kind: "clock", body: { n } }));
    await Promise.all([record("1"), record("2")]);
    files.reopen();
    await record("3");
    const rows = files.state.read((database) =>
      database.prepare<[], { sequence: number; record: string; hash: `0x${string}` }>("SELECT * FROM audit").all(),
    );
    expect(rows.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    let head = emptyChain.head;
    for (const row of rows) {
      head = recordHash(head, row.record);
      expect(row.hash).toBe(head);
    }
    expect(files.state.read(chainHead)).toEqual({ size: 4, head });
  });

  it.each([
    ["changes a record", "UPDATE audit SET record = record", "never changes"],
    ["changes a hash", "UPDATE audit SET hash = hash", "never changes"],
    ["deletes a record", "DELETE FROM audit WHERE sequence = 1", "never deleted"],
    [
      "inserts after a gap",
      `INSERT INTO audit (sequence, record, hash) SELECT 3, replace(record, '"1"', '"3"'), hash FROM audit`,
      "follows",
    ],
    [
      "replaces a record",
      "INSERT OR REPLACE INTO audit (sequence, record, hash) SELECT sequence, record, hash FROM audit",
      "follows",
    ],
    [
      "misnumbers a record",
      "INSERT INTO audit (sequence, record, hash) SELECT 2, record, hash FROM audit",
      "CHECK constraint",
    ],
  ])("refuses whoever %s", (_what, sql, reason) => {
    const { file, state } = temporaryState();
    state.close();
    const database = new Database(file);
    try {
      expect(() => database.prepare(sql).run()).toThrow(reason);
    } finally {
      database.close();
    }
  });
});
