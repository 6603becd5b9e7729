import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { Store } from "../../../chain/store/index.ts";
import { attestation, bringTo, collectors, key, newStore, observation, packet, stored } from "./samples.ts";

/** Executes a delivered packet at a time. */
function execute(store: Store, sequence: bigint, at: number): void {
  const delivered = bringTo(store, sequence, "delivered");
  const execution = { packetHash: delivered.packetHash ?? "", vote: "white" } as const;
  store.packets.move(delivered, "executed", at, { execution });
}

/** Packets 1 and 2 are archived; 3 was executed later, 4 is on its way. */
function storeWithArchive() {
  const opened = newStore();
  const { store } = opened;
  execute(store, 1n, 100);
  execute(store, 2n, 101);
  execute(store, 3n, 200);
  bringTo(store, 4n, "delivered");
  const before = [1n, 2n].map((sequence) => ({
    packet: stored(store, sequence),
    deliveries: store.outbox.of(stored(store, sequence).id),
  }));
  expect(store.archiveExecuted(150, 10, 1_000)).toBe(2);
  return { ...opened, before };
}

describe("the archive", () => {
  test("takes what was executed before a time, a few at once, oldest first", () => {
    const { store } = newStore();
    for (const sequence of [1n, 2n, 3n]) execute(store, sequence, 100 - Number(sequence));
    expect(store.archiveExecuted(100, 2, 1_000)).toBe(2);
    expect(store.work.list({ limit: 10 }).map(({ sighting }) => sighting.sequence)).toEqual([1n]);
    expect(store.archiveExecuted(100, 2, 1_000)).toBe(1);
    expect(store.archiveExecuted(100, 2, 1_000)).toBe(0);
  });

  test("leaves what a collector is still owed", () => {
    const { store } = newStore();
    const signed = bringTo(store, 1n, "signed");
    const execution = { packetHash: signed.packetHash ?? "", vote: "white" } as const;
    store.packets.move(signed, "executed", 10, { execution });
    expect(store.archiveExecuted(100, 10, 1_000)).toBe(0);
    store.recordDelivery(stored(store, 1n), "main", "acknowledged", undefined, 11);
    expect(store.archiveExecuted(100, 10, 1_000)).toBe(1);
  });

  test("keeps everything about a packet, also over a restart", () => {
    const { before, reopen } = storeWithArchive();
    const store = reopen();
    for (const { packet: kept, deliveries } of before) {
      expect(store.packets.find(key, kept.sighting.sequence)).toEqual(kept);
      expect(store.work.withId("1", "2", `${kept.sighting.sequence}`)).toEqual([kept]);
      expect(store.outbox.of(kept.id)).toEqual(deliveries);
    }
    expect(before.map(({ deliveries }) => deliveries.length)).toEqual([collectors.length, collectors.length]);
  });

  test("keeps the newest attestation of a route at hand, whether it is archived or not", () => {
    const { store } = newStore();
    for (const sequence of [1n, 2n, 10n]) execute(store, sequence, Number(sequence));
    const newest = store.newestAttestation(key);
    expect(newest?.packet.sequence).toBe(10n);
    for (let left = 3; left > 0; left -= 1) {
      store.archiveExecuted(100, 1, 1_000);
      expect(store.newestAttestation(key), `${left - 1} left`).toEqual(newest);
    }
    bringTo(store, 11n, "delivered");
    expect(store.newestAttestation(key)?.packet.sequence).toBe(11n);
  });

  test("still counts: how many were executed, which blocks they are in, that there are packets at all", () => {
    const { store } = storeWithArchive();
    expect(store.work.counts(key).packets).toMatchObject({ executed: 3, delivered: 1 });
    expect(store.work.inBlocks(key, 0, 10).map(({ sighting }) => sighting.sequence)).toEqual([3n, 4n, 1n, 2n]);
    expect(store.work.list({ state: "executed", limit: 10 })).toHaveLength(1);
    const alone = newStore().store;
    execute(alone, 1n, 1);
    alone.archiveExecuted(100, 10, 1_000);
    expect(alone.work.hasPackets(key)).toBe(true);
  });

  test("is no hole: a packet that is seen again is not new, and one that changed is change below finality", () => {
    const { store } = storeWithArchive();
    const cursor = { height: 9, hash: "0x9", counter: 4n };
    expect(store.recordRange(key, [observation(1n), observation(2n)], cursor, 2_000)).toEqual({ seen: 0, changed: [] });
    const elsewhere = observation(2n, { block: { height: 6, hash: "0xb6", timestamp: 1_000 } });
    const { seen, changed } = store.recordRange(key, [elsewhere], { ...cursor, height: 10 }, 2_000);
    expect([seen, changed.map(({ sighting }) => sighting.sequence)]).toEqual([0, [2n]]);
    expect(store.routes.cursor(key)).toEqual(cursor);
    expect(() => store.requests.add(key, { sequence: 1n, hintHeight: undefined }, 1, 10)).toThrow(/archived/);
  });
});

describe("the database refuses", () => {
  function refuses(statement: string, reason: RegExp): void {
    const { store, file } = storeWithArchive();
    store.close();
    const database = new Database(file);
    database.pragma("foreign_keys = ON");
    expect(() => database.exec(statement)).toThrow(reason);
    database.close();
  }
  const columns = "id, deployment, source, destination, sequence, block_height, dispatch_hash";
  const packetColumns =
    "deployment, source, destination, sequence, block_height, dispatch_hash, block_hash, block_time, " +
    "transaction_hash, log_index, dispatched";

  test.each([
    ["to delete a packet that is not archived", "DELETE FROM packets WHERE sequence = '3'", /never deleted/],
    ["to delete an archived one", "DELETE FROM archive", /never deleted/],
    ["to change an archived one", "UPDATE archive SET dispatch_hash = '0x1'", /does not change/],
    [
      "to archive what is not executed",
      `INSERT INTO archive SELECT ${columns}, 1, x'00' FROM packets WHERE sequence = '4'`,
      /only an executed packet/,
    ],
    [
      "to archive another content than the packet's",
      `INSERT INTO archive SELECT ${columns.replace("dispatch_hash", "'0x2'")}, 1, x'00' FROM packets
       WHERE sequence = '3'`,
      /only an executed packet/,
    ],
    [
      "to store an archived packet as a new one",
      `INSERT INTO packets (${packetColumns}, defect, state, observed_at)
       SELECT deployment, source, destination, sequence, block_height, dispatch_hash, '0x', 1, '0x', 0, '{}', 'x',
         'observed', 1 FROM archive LIMIT 1`,
      /archived/,
    ],
  ])("%s", (_what, statement, reason) => refuses(statement, reason));
});

test("counts stay right whatever packets do", () => {
  const { store } = newStore();
  bringTo(store, 1n, "signed");
  bringTo(store, 2n, "due");
  store.recordRange(key, [observation(3n)], undefined, 1);
  store.packets.move(stored(store, 3n), "orphaned", 2);
  store.packets.move(stored(store, 2n), "screened", 3, { verdict: attestation(packet(2n)).verdict });
  store.packets.move(stored(store, 2n), "refused", 4, { reason: { code: "no", text: "no" } });
  const { packets } = store.work.counts(key);
  expect(Object.entries(packets).filter(([, count]) => count > 0)).toEqual([
    ["signed", 1],
    ["refused", 1],
    ["orphaned", 1],
  ]);
});

describe("an archived packet that a collector asks for", () => {
  const asked = () => {
    const { store, reopen, before } = storeWithArchive();
    const [kept] = before;
    if (!kept) throw new Error("nothing is archived");
    return { store, reopen, packet: kept.packet };
  };
  const ready = (store: Store, now = 10_000) => store.outbox.ready("main", now, 10).map(({ packet: { id } }) => id);

  test("waits for its delivery, over a restart, with its attestation, and counts as asked for", () => {
    const { store, reopen, packet: kept } = asked();
    expect(store.outbox.requeue(kept.id, "main", 2_000)).toBe(true);
    expect(store.outbox.requeue(kept.id, "main", 2_001)).toBe(false);
    const again = reopen();
    const [waiting] = again.outbox.ready("main", 2_000, 10);
    expect(waiting?.packet).toMatchObject({ id: kept.id, state: "executed", times: { requested: 2_000 } });
    expect(waiting?.packet.attestation).toEqual(attestation(packet(1n)));
    expect(again.outbox.waiting("main")).toBe(1);
    expect(again.outbox.oldestWaiting("main")).toBe(2_000);
    expect(again.outbox.ready("main", 2_000, 10, new Set([kept.id]))).toEqual([]);
  });

  test("is tried again later where that fails, and is done once it is acknowledged, until it is asked for again", () => {
    const { store, packet: kept } = asked();
    store.outbox.requeue(kept.id, "main", 2_000);
    store.outbox.postpone(kept.id, "main", { code: "peer_unreachable", text: "gone" }, 3_000);
    expect(store.outbox.nextTryAt("main")).toBe(3_000);
    expect(ready(store, 2_999)).toEqual([]);
    store.tryAllNow(2_500);
    expect(ready(store, 2_500)).toEqual([kept.id]);
    store.recordDelivery(kept, "main", "acknowledged", undefined, 3_001);
    expect(ready(store)).toEqual([]);
    expect(store.outbox.of(kept.id)).toMatchObject([{ collector: "main", state: "acknowledged", settledAt: 3_001 }]);
    expect(store.outbox.requeue(kept.id, "main", 4_000)).toBe(true);
  });

  test("that met a conflict there is left to people", () => {
    const { store, packet: kept } = asked();
    store.outbox.requeue(kept.id, "main", 2_000);
    store.recordDelivery(kept, "main", "conflict", { code: "conflict", text: "another signature" }, 3_000);
    expect(store.outbox.requeue(kept.id, "main", 4_000)).toBe(false);
    expect(ready(store)).toEqual([]);
  });

  test("is nothing to a packet that is not archived", () => {
    const { store } = asked();
    const waiting = bringTo(store, 9n, "signed");
    expect(store.outbox.requeue(waiting.id, "main", 2_000)).toBe(false);
    expect(store.outbox.requeue(12_345, "main", 2_000)).toBe(false);
  });
});
