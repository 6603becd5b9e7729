import { rmSync, statSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../chain/store/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { fillStore, underWay } from "./history.ts";
import { collectors, key, newStore } from "./samples.ts";

/** Statements that are allowed to look at every row: what is asked for is the newest rows, or a person put the clock back. */
const mayReadAll = [/ORDER BY id DESC LIMIT/, /SET next_try_at = 0 WHERE next_try_at > \?/];
const largeTables = /^SCAN (packets|outbox|archive)\b/;

/** Every statement that a store prepares, with how SQLite would run it. */
function plans(): Map<string, string[]> {
  const statements: string[] = [];
  let database: SqliteDatabase | undefined;
  const { file, store } = newStore();
  store.close();
  const again = openStore(file, collectors, (open) => {
    database = open;
    const prepare = open.prepare.bind(open) as SqliteDatabase["prepare"];
    open.prepare = ((sql: string) => {
      statements.push(sql);
      return prepare(sql);
    }) as SqliteDatabase["prepare"];
  });
  onTestFinished(() => again.close());
  const explain = (sql: string) =>
    (database?.prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll(/@\w+|\?/g, "'1'")}`).all() ?? []) as { detail: string }[];
  return new Map([...statements].map((sql) => [sql, explain(sql).map(({ detail }) => detail)]));
}

test("no statement of the store reads or sorts its history", () => {
  const all = plans();
  expect(all.size).toBeGreaterThan(60);
  const offending = [...all].filter(
    ([sql, plan]) => !mayReadAll.some((allowed) => allowed.test(sql)) && plan.some((step) => largeTables.test(step)),
  );
  expect(offending).toEqual([]);
  const work = [...all].filter(([sql]) => /INDEXED BY/.test(sql));
  expect(work.length).toBeGreaterThanOrEqual(8);
  expect(work.filter(([, plan]) => plan.includes("USE TEMP B-TREE FOR ORDER BY"))).toEqual([]);
});

test("what is due next is found among many packets, and counted without reading them", () => {
  const file = path.join(temporaryFolder(), "chain.sqlite");
  fillStore(file, 30_000);
  onTestFinished(() => rmSync(file, { force: true }));
  const store = openStore(file, collectors);
  onTestFinished(() => store.close());
  expect(statSync(file).size).toBeGreaterThan(30_000 * 1_000);
  const executed = 30_000 - underWay.final - underWay.due - underWay.delivered;
  expect(store.work.counts(key).packets).toMatchObject({ ...underWay, executed });
  const due = store.work.finalSince(key, 2_000_000_000, 3);
  expect(due.map(({ sighting }) => sighting.sequence)).toEqual([0n, 1n, 2n].map((n) => BigInt(executed + 5) + n));
  expect(store.archiveExecuted(1_000, 200, 2_000)).toBe(200);
  expect(store.work.counts(key).packets.executed).toBe(executed);
});
