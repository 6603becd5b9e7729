import path from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openSqliteStore, type Statement } from "../../collector/store/index.ts";
import { collectorDatabase } from "../../collector/store/sqlite/schema.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { type Packet, packetToWire } from "../../shared/packet/index.ts";
import {
  faultsOf,
  insertRow,
  makeOlderDatabase,
  migrationHashes,
  rowsOf,
  sameRows,
} from "../shared/sqlite/olderDatabase.ts";
import { temporaryFolder } from "../shared/temporaryFolder.ts";
import { attestor, digestOf, packetHashOf, signatureOf } from "./attestors.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";
import { alpha, known, statement } from "./storeContract.ts";

const versions = collectorDatabase.migrations.map((_migration, index) => index + 1);
const route = { deployment: "alpha", source: `${aleoChain}`, destination: `${evmChain}` };
const firstTime = 1_700_000_000_000;

/** Received in another order than their packets' numbers have. Of packet 2 only digest and signature came in. */
const statements: readonly (readonly [about: number, by: number, at: number])[] = [
  [1, 0, 5],
  [1, 1, 2],
  [2, 0, 3],
  [3, 2, 1],
];
const inOrderOfArrival = statements.toSorted(([, , a], [, , b]) => a - b);

const given = (about: number, by: number, at: number, changes: Partial<Statement> = {}) =>
  statement(packet(about), by, {
    receivedAt: firstTime + at,
    ...(about === 2 && { claims: undefined }),
    ...changes,
  });

const flagged = (about: Packet, by: number) =>
  statement(about, by, {
    digest: digestOf(about, "flagged"),
    signature: signatureOf(about, "flagged", attestor(by)),
    receivedAt: firstTime + 9,
  });

/** Rows that are valid in a store of that version, in SQL: the store's statements are those of the newest version. */
function fill(database: Database.Database, version: number): void {
  for (const sequence of [1, 2, 3]) {
    insertRow(database, "packet_id", { position: sequence, ...route, sequence: `${sequence}` });
    if (sequence !== 2) insertContent(database, sequence, packet(sequence));
  }
  for (const [about, by, at] of statements) {
    const event = inOrderOfArrival.findIndex(([a, b]) => a === about && b === by) + 1;
    insertRow(database, "statement", { ...rowOf(about, given(about, by, at)), ...(version >= 2 && { event }) });
  }
  insertRow(database, "conflict", rowOf(1, flagged(packet(1), 0)));
  for (const sequence of ["1", "9"]) {
    const hint = { height: "4", transaction_hash: "0x77", requested_at: firstTime };
    insertRow(database, "request", { ...route, sequence, ...hint });
  }
}

function insertContent(database: Database.Database, position: number, about: Packet): void {
  insertRow(database, "packet", {
    position,
    packet_hash: packetHashOf(about),
    white_digest: digestOf(about, "white"),
    flagged_digest: digestOf(about, "flagged"),
    content: stringifyJson(packetToWire(about)),
  });
}

function rowOf(position: number, { signer, digest, signature, claims, receivedAt }: Statement) {
  const text = claims === undefined ? null : JSON.stringify(claims);
  return { position, signer, digest, signature, claims: text, received_at: receivedAt };
}

/** The file of a program of that version, opened by today's. */
function openOlder(version: number) {
  const file = path.join(temporaryFolder(), "collector.sqlite");
  makeOlderDatabase(file, collectorDatabase, version, (database) => fill(database, version));
  const before = rowsOf(file);
  return { file, before, store: openSqliteStore(file) };
}

const idOf = (sequence: bigint) => ({ source: aleoChain, destination: evmChain, sequence });

test("no migration that a program had is edited afterwards", () => {
  expect(migrationHashes(collectorDatabase)).toEqual(["241aa8f2776fc67c", "b49932b5755b3487", "69eae5b7bb6e68de"]);
});

describe.each(versions)("a collector's file of version %i", (version) => {
  test("keeps every row and its instance when it is opened, and is whole", async () => {
    const { file, before, store } = openOlder(version);
    expect(store.instance).toBe(before.instance?.[0]?.id);
    await store.close();
    for (const [table, rows] of Object.entries(before)) expect(rows.length, table).toBeGreaterThan(0);
    const rows = sameRows(before, rowsOf(file));
    expect(rows.after).toEqual(rows.before);
    expect(faultsOf(file)).toEqual([]);
  });

  test("tells what each attestor said, what contradicts it, and what is still asked for", async () => {
    const { store } = openOlder(version);
    for (const [about, by, at] of statements) {
      const expected = given(about, by, at);
      expect(await store.statement(expected.id, expected.signer)).toEqual(expected);
    }
    expect(await store.find(idOf(1n))).toMatchObject([{ position: 1, packets: [known(packet(1))] }]);
    expect(await store.find(idOf(2n)), "its content is not known").toEqual([]);
    expect((await store.list([alpha], 0, 9)).map(({ id }) => id.sequence)).toEqual([1n, 3n]);
    expect(await store.conflicts()).toEqual([{ first: given(1, 0, 5), second: flagged(packet(1), 0) }]);
    const asked = async (by: number) =>
      (
        await store.openRequests(
          { deployment: "alpha", source: aleoChain, destination: evmChain },
          attestor(by).address,
          { from: 0n, below: undefined },
          0,
          9,
        )
      ).map(({ id }) => id.sequence);
    expect([await asked(0), await asked(2)]).toEqual([[9n], [1n, 9n]]);
    await store.close();
  });

  test("gives readers who follow it every statement in the order of arrival", async () => {
    const { store } = openOlder(version);
    const events = await store.events(0, 9);
    expect(events).toEqual(
      inOrderOfArrival.map(([about, by, at], index) => {
        const { id, signer } = given(about, by, at);
        return { number: index + 1, id, signer };
      }),
    );
    expect(await store.newestEvent()).toBe(statements.length);
    await store.close();
  });

  test("goes on: takes one more packet, completes what it had, and still takes nothing twice", async () => {
    const { file, store } = openOlder(version);
    expect(await store.record(given(1, 0, 5), known(packet(1)))).toBe("duplicate");
    expect(await store.record(flagged(packet(1), 1), known(packet(1)))).toBe("conflict");
    const complete = statement(packet(2), 0, { receivedAt: firstTime + 20 });
    expect(await store.record(complete, known(packet(2)))).toBe("stored");
    const next = statement(packet(4), 0, { receivedAt: firstTime + 21 });
    expect(await store.record(next, known(packet(4)))).toBe("stored");
    const after = await store.events(statements.length, 9);
    expect(after.map(({ number, id }) => [number, id.sequence])).toEqual([
      [statements.length + 1, 2n],
      [statements.length + 2, 4n],
    ]);
    expect(await store.find(idOf(4n))).toMatchObject([{ packets: [known(packet(4))], statements: [next] }]);
    expect((await store.find(idOf(2n)))[0]?.statements).toHaveLength(1);
    await store.close();
    expect(faultsOf(file)).toEqual([]);
  });
});
