import path from "node:path";
import { describe, expect, test } from "vitest";
import { chainDatabase, openStore, type PacketState } from "../../../chain/store/index.ts";
import {
  faultsOf,
  makeOlderDatabase,
  migrationHashes,
  type Rows,
  rowsOf,
  sameRows,
} from "../../shared/sqlite/olderDatabase.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { archivedSequence, fillOlder, olderCursor, olderPackets, requestedSequence } from "./olderRows.ts";
import { attestation, bridges, bringTo, collectors, key, observation, packet, stored, verdict } from "./samples.ts";

const versions = chainDatabase.migrations.map((_migration, index) => index + 1);

/** The file of a program of that version, opened by today's. */
function openOlder(version: number) {
  const file = path.join(temporaryFolder(), "chain.sqlite");
  makeOlderDatabase(file, chainDatabase, version, (database) => fillOlder(database, version));
  const before = rowsOf(file);
  return { file, before, store: openStore(file, collectors) };
}

const countOf = (rows: Rows, table: string) => rows[table]?.length ?? 0;

test("no migration that a program had is edited afterwards", () => {
  expect(migrationHashes(chainDatabase)).toEqual([
    "654bf935d1923ec8",
    "dede165131ff7bb7",
    "4c5a220c311225ea",
    "976b4613836ea131",
    "a613b9a289d562fa",
  ]);
});

describe.each(versions)("a database of version %i", (version) => {
  test("keeps every row when it is opened, and is whole", () => {
    const { file, before, store } = openOlder(version);
    store.close();
    expect(countOf(before, "packets")).toBeGreaterThanOrEqual(10);
    for (const table of ["outbox", "collectors", "final_blocks", "chain_stops", "stops", "requests"]) {
      expect(countOf(before, table), table).toBeGreaterThan(0);
    }
    const rows = sameRows(before, rowsOf(file));
    expect(rows.after).toEqual(rows.before);
    expect(faultsOf(file)).toEqual([]);
  });

  test("still proves that nothing is missing up to its cursor", () => {
    const { store } = openOlder(version);
    expect(store.routes.cursor(key)).toEqual(olderCursor);
    for (let sequence = 1n; sequence <= olderCursor.counter; sequence += 1n) stored(store, sequence);
    expect(store.packets.find(key, olderCursor.counter + 1n)).toBeUndefined();
    const again = olderPackets.filter(([, state]) => state !== "orphaned").map(([sequence]) => observation(sequence));
    expect(store.recordRange(key, again, olderCursor, 99)).toEqual({ seen: 0, changed: [] });
    expect(store.routes.open(key, { sourceBridge: "0xC", destinationBridge: "0xC" })).toEqual(bridges);
    expect(() => store.recordRange(key, [], { ...olderCursor, height: olderCursor.height - 1 }, 99)).toThrow(
      "never goes back",
    );
    store.close();
  });

  test("gives every packet as it was, and counts it where it is", () => {
    const { store } = openOlder(version);
    for (const [sequence, state] of olderPackets) {
      const found = stored(store, sequence);
      expect(found).toMatchObject({ state, key, sighting: observation(sequence).sighting });
      expect(found.packetHash).toBe(observation(sequence).packetHash);
      const isSigned = ["signed", "delivered", "executed"].includes(state);
      expect(found.attestation).toEqual(isSigned ? attestation(packet(sequence)) : undefined);
      if (isSigned) expect(found).toMatchObject({ verdict, times: { observed: 1, final: 2, screened: 4, signed: 5 } });
    }
    const expected: Partial<Record<PacketState, number>> = { requested: 1 };
    for (const [, state] of olderPackets) expected[state] = (expected[state] ?? 0) + 1;
    expect(store.work.counts(key).packets).toEqual(expected);
    store.close();
  });

  test("keeps what is owed, what was stopped and what was asked for", () => {
    const { store } = openOlder(version);
    const deliveries = (sequence: bigint) => store.outbox.of(stored(store, sequence).id);
    expect(deliveries(5n)).toMatchObject([
      { collector: "main", state: "waiting", attempts: 2, nextTryAt: 50, reason: { code: "x", text: "away" } },
    ]);
    expect(deliveries(6n)).toMatchObject([{ state: "acknowledged", settledAt: 6 }]);
    expect(deliveries(archivedSequence)).toMatchObject([{ state: "acknowledged", settledAt: 6 }]);
    expect(store.outbox.noteInstance("main", "first", 99), "the collector's store is known").toBeUndefined();
    expect(store.outbox.noteInstance("main", "second", 99), "signed and delivered").toBe(1);
    expect(store.chains.lastFinal("1")).toEqual({ height: 12, hash: "0xb12", parentHash: "0xb11" });
    expect([store.chains.stopReason("1"), store.chains.stopReason("3")]).toEqual([undefined, "reorganized"]);
    expect(store.routes.stopReason({ ...key, deployment: "stopped" })).toBe("gap");
    expect(store.requests.list(9)).toMatchObject([{ sequence: requestedSequence, hintHeight: 4, requestedAt: 3 }]);
    expect(store.routes.gaps(key)).toEqual(version >= 4 ? [{ from: 30n, to: 31n, since: 8 }] : []);
    expect(store.routes.rescannedAt(key)).toBe(version >= 4 ? 7 : undefined);
    store.close();
  });

  test("goes on: takes one more packet all the way, and archives and delivers what it had", () => {
    const { file, store } = openOlder(version);
    const next = olderCursor.counter + 1n;
    const cursor = { height: 20, hash: "0x20", counter: next };
    expect(store.recordRange(key, [observation(next)], cursor, 1)).toEqual({ seen: 1, changed: [] });
    const { id } = bringTo(store, next, "delivered");
    expect(id, "an id is used once").toBeGreaterThan(Math.max(...olderPackets.map(([s]) => stored(store, s).id)));
    store.packets.move(stored(store, next), "executed", 7, {
      execution: { packetHash: stored(store, next).packetHash, vote: "white" },
    });
    const executed = olderPackets.filter(([, state]) => state === "executed").length + 1;
    store.archiveExecuted(1_000, 100, 1_001);
    expect(store.work.counts(key).packets.executed).toBe(executed);
    expect(store.outbox.requeue(stored(store, archivedSequence).id, "main", 99)).toBe(true);
    expect(store.outbox.ready("main", 99, 9).map(({ packet: of }) => of.sighting.sequence)).toEqual([
      5n,
      archivedSequence,
    ]);
    for (const [sequence, to] of [
      [1n, "final"],
      [2n, "due"],
      [8n, "refused"],
      [9n, "final"],
    ] as const) {
      store.packets.move(stored(store, sequence), to, 50);
    }
    expect(store.newestAttestation(key)?.packet.sequence).toBe(next);
    store.close();
    const again = openStore(file, collectors);
    expect(again.routes.cursor(key)).toEqual(cursor);
    expect(stored(again, next)).toMatchObject({ state: "executed", times: { signed: 5, delivered: 6, executed: 7 } });
    again.close();
    expect(faultsOf(file)).toEqual([]);
  });
});
