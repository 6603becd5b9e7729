import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openStore } from "../../../chain/store/index.ts";
import { refusal } from "../../shared/refusal.ts";
import {
  attestation,
  bridges,
  bringTo,
  collectors,
  key,
  newStore,
  observation,
  packet,
  stored,
  verdict,
} from "./samples.ts";

const cursor = { height: 10, hash: "0x10", counter: 1n };

describe("a range of blocks", () => {
  test("is stored together with the cursor behind it, and is there after a restart", () => {
    const { store, reopen } = newStore();
    expect(store.routes.cursor(key)).toBeUndefined();
    expect(store.recordRange(key, [observation(1n)], cursor, 7)).toEqual({ seen: 1, changed: [] });

    const again = reopen();
    expect(again.routes.cursor(key)).toEqual(cursor);
    expect(stored(again, 1n)).toMatchObject({
      state: "observed",
      key,
      sighting: observation(1n).sighting,
      packetHash: observation(1n).packetHash,
      times: { observed: 7 },
    });
  });

  test("is stored without moving the cursor where something in it is missing", () => {
    const { store } = newStore();
    store.recordRange(key, [observation(2n)], undefined, 7);
    expect(store.routes.cursor(key)).toBeUndefined();
    expect(stored(store, 2n).state).toBe("observed");
  });

  test("is stored as a whole or not at all", () => {
    const { store } = newStore();
    const broken = observation(2n, { block: { height: -1, hash: "0x", timestamp: 0 } });
    expect(() => store.recordRange(key, [observation(1n), broken], cursor, 7)).toThrow(/CHECK constraint/);
    expect(store.packets.find(key, 1n)).toBeUndefined();
    expect(store.routes.cursor(key)).toBeUndefined();
  });

  test("seen a second time changes nothing", () => {
    const { store } = newStore();
    bringTo(store, 1n, "due");
    expect(store.recordRange(key, [observation(1n)], cursor, 9)).toEqual({ seen: 0, changed: [] });
    expect(stored(store, 1n)).toMatchObject({ state: "due", times: { observed: 1 } });
  });

  test("keeps numbers of any size and packets that can't be", () => {
    const { store } = newStore();
    const sequence = 2n ** 256n - 1n;
    store.recordRange(key, [observation(sequence, { content: { defect: "sequence: must be below 2^64" } })], cursor, 7);
    expect(stored(store, sequence)).toMatchObject({
      sighting: { sequence, content: { defect: "sequence: must be below 2^64" } },
      packetHash: undefined,
    });
  });
});

describe("a packet that is seen in another block", () => {
  const elsewhere = observation(1n, { block: { height: 6, hash: "0xb6", timestamp: 2_000 }, amount: 99n });

  test("while observed: is orphaned and observed again with what is there now", () => {
    const { store } = newStore();
    bringTo(store, 1n, "observed");
    expect(store.recordRange(key, [elsewhere], cursor, 8)).toEqual({ seen: 1, changed: [] });
    expect(stored(store, 1n)).toMatchObject({
      state: "observed",
      sighting: elsewhere.sighting,
      packetHash: elsewhere.packetHash,
      times: { orphaned: 8, observed: 8 },
    });
  });

  test("while orphaned: is observed again, also in the block where it was before", () => {
    const { store } = newStore();
    store.packets.move(bringTo(store, 1n, "observed"), "orphaned", 7);
    store.recordRange(key, [observation(1n)], cursor, 8);
    expect(stored(store, 1n).state).toBe("observed");
  });

  test.each(["final", "due", "screened", "signed", "delivered"] as const)(
    "while %s: is reported and stays as it is, and the cursor stays where it is",
    (state) => {
      const { store } = newStore();
      const before = bringTo(store, 1n, state);
      const { changed } = store.recordRange(key, [elsewhere], cursor, 8);
      expect(changed).toEqual([before]);
      expect(stored(store, 1n)).toEqual(before);
      expect(store.routes.cursor(key)).toBeUndefined();
    },
  );
});

describe("the database itself refuses", () => {
  const raw = (
    change: (sql: (statement: string) => void) => void,
    prepare: (s: ReturnType<typeof newStore>["store"]) => void,
  ) => {
    const { store, file } = newStore();
    prepare(store);
    store.close();
    const database = new Database(file);
    try {
      change((statement) => database.exec(statement));
    } finally {
      database.close();
    }
  };
  const columns =
    "deployment, source, destination, sequence, state, block_height, block_hash, block_time, transaction_hash, log_index, dispatched, dispatch_hash, defect, observed_at";
  const row = (sequence: string, state: string) =>
    `INSERT INTO packets (${columns}) VALUES ('local', '1', '2', '${sequence}', '${state}', 1, 'h', 1, 't', 0, 'd', 'h', 'x', 1)`;

  test.each<[string, string, RegExp, Parameters<typeof bringTo>[2]]>([
    ["a second packet of one number", row("1", "observed"), /UNIQUE/, "observed"],
    ["a packet that begins anywhere but as observed", row("2", "refused"), /begins as observed/, "observed"],
    ["a sequence that is no number", row("-1", "observed"), /CHECK/, "observed"],
    ["an unknown state", "UPDATE packets SET state = 'lost'", /not a legal transition/, "observed"],
    ["a step past finality", "UPDATE packets SET state = 'due', due_at = 1", /not a legal transition/, "observed"],
    [
      "a step past the wait",
      "UPDATE packets SET state = 'screened', screened_at = 1",
      /not a legal transition/,
      "final",
    ],
    ["a screened packet without verdict", "UPDATE packets SET state = 'screened', screened_at = 1", /CHECK/, "due"],
    ["a signed packet without attestation", "UPDATE packets SET state = 'signed', signed_at = 1", /CHECK/, "screened"],
    ["an attestation of a packet that is not signed", "UPDATE packets SET attestation = '{}'", /CHECK/, "screened"],
    ["another verdict once it is signed", "UPDATE packets SET verdict_result = 'flagged'", /given once/, "signed"],
    ["another version of the verdict's list", "UPDATE packets SET verdict_version = '2'", /given once/, "screened"],
    ["another attestation", "UPDATE packets SET attestation = '{}'", /stored once/, "signed"],
    ["another content", "UPDATE packets SET packet = '{}'", /content changes only/, "final"],
    ["another block", "UPDATE packets SET block_hash = 'x'", /content changes only/, "observed"],
    ["another identity", "UPDATE packets SET sequence = '2'", /keeps its identity/, "observed"],
    [
      "an execution of another packet",
      "UPDATE packets SET state = 'executed', executed_at = 1, executed_hash = 'x'",
      /CHECK/,
      "delivered",
    ],
    ["the end of a packet", "DELETE FROM packets", /never deleted/, "delivered"],
    [
      "a delivery that is taken back",
      "UPDATE outbox SET state = 'waiting', settled_at = NULL",
      /stays as it is/,
      "delivered",
    ],
    ["a cursor that goes back", "UPDATE routes SET scanned_height = 9", /never goes back/, "observed"],
    [
      "a cursor that is forgotten",
      "UPDATE routes SET scanned_height = NULL, counter = NULL",
      /never goes back/,
      "observed",
    ],
  ])("%s", (_what, statement, reason, state) => {
    expect(() =>
      raw(
        (sql) => sql(statement),
        (store) => {
          bringTo(store, 1n, state);
          store.recordRange(key, [], cursor, 1);
        },
      ),
    ).toThrow(reason);
  });
});

test("the signer's list turns a verdict from white to flagged, and never back", () => {
  const { store } = newStore();
  const flagged = { ...verdict, result: "flagged", source: "signer-deny-list" } as const;
  store.packets.flag(bringTo(store, 1n, "screened"), flagged, [
    { source: "signer-deny-list", version: "1", result: "flagged" },
  ]);
  expect(stored(store, 1n)).toMatchObject({ state: "screened", verdict: flagged, findings: [{ version: "1" }] });
  expect(() => store.packets.flag(stored(store, 1n), { ...verdict, version: "2" }, [])).toThrow(/changed its state/);
  expect(() => store.packets.flag(bringTo(store, 2n, "signed"), flagged, [])).toThrow(/changed its state/);
});

describe("a transition", () => {
  test("that is not legal is refused before the database is asked", () => {
    const { store } = newStore();
    const observed = bringTo(store, 1n, "observed");
    const error = refusal("internal", () => store.packets.move(observed, "due", 2));
    expect(error.data.reason).toBe("a packet can't go from observed to due");
  });

  test("from a state that the packet has left is refused", () => {
    const { store } = newStore();
    const observed = bringTo(store, 1n, "observed");
    store.packets.move(observed, "final", 2);
    refusal("internal", () => store.packets.move(observed, "final", 3));
  });

  test("forgets the tries and the reason of the state before", () => {
    const { store } = newStore();
    const due = bringTo(store, 1n, "due");
    store.packets.postpone(due.id, { code: "screening_cannot_tell", text: "no list" }, 500);
    expect(stored(store, 1n)).toMatchObject({ attempts: 1, nextTryAt: 500, reason: { code: "screening_cannot_tell" } });
    store.packets.move(stored(store, 1n), "screened", 4, { verdict });
    expect(stored(store, 1n)).toMatchObject({ attempts: 0, nextTryAt: 0, reason: undefined, verdict });
  });

  test("keeps a verdict through refusal and retry", () => {
    const { store } = newStore();
    bringTo(store, 1n, "screened");
    store.packets.move(stored(store, 1n), "refused", 5, { reason: { code: "denied", text: "no" } });
    store.packets.move(stored(store, 1n), "final", 6);
    store.packets.move(stored(store, 1n), "due", 7);
    store.packets.move(stored(store, 1n), "screened", 8);
    expect(stored(store, 1n).verdict).toEqual(verdict);
  });
});

describe("requests for missed packets", () => {
  const request = (sequence: bigint) => ({ sequence, hintHeight: undefined });

  test("are kept once, up to a number for each route", () => {
    const { store } = newStore();
    expect(store.requests.add(key, request(1n), 1, 2)).toBe("added");
    expect(store.requests.add(key, request(1n), 2, 2)).toBe("known");
    expect(store.requests.add(key, request(2n), 3, 2)).toBe("added");
    expect(store.requests.add(key, request(3n), 4, 2)).toBe("full");
    expect(store.work.counts(key).packets.requested).toBe(2);
  });

  test("end in the transaction that stores the packet, which remembers when it was asked for", () => {
    const { store } = newStore();
    store.requests.add(key, request(1n), 7, 2);
    expect(bringTo(store, 1n, "observed").times.requested).toBe(7);
    expect(store.requests.list(9)).toEqual([]);
    expect(() => store.requests.add(key, request(1n), 8, 2)).toThrow(/the packet is stored/);
  });
});

describe("the outbox", () => {
  test("delivers what is not executed again when a collector's store is another, once", () => {
    const { store } = newStore();
    expect(store.outbox.noteInstance("main", "a", 1)).toBeUndefined();
    const delivered = bringTo(store, 1n, "delivered");
    const executed = bringTo(store, 2n, "delivered");
    const execution = { packetHash: executed.packetHash ?? "", vote: "white" } as const;
    store.packets.move(executed, "executed", 7, { execution });
    const waiting = bringTo(store, 3n, "signed");
    expect(store.outbox.noteInstance("main", "a", 8)).toBeUndefined();
    expect(store.outbox.noteInstance("main", "b", 9)).toBe(1);
    expect(store.outbox.ready("main", 9, 10).map(({ packet }) => packet.id)).toEqual([delivered.id, waiting.id]);
    expect(stored(store, 1n).state).toBe("delivered");
    expect(store.outbox.oldestWaiting("main")).toBe(5);
    store.recordDelivery(delivered, "main", "acknowledged", undefined, 10);
    expect(store.outbox.noteInstance("main", "b", 11)).toBeUndefined();
    expect(store.outbox.waiting("main")).toBe(1);
  });

  test("holds a signed packet for each collector until each has acknowledged it", () => {
    const { store, reopen } = newStore();
    bringTo(store, 1n, "signed");
    const both = reopen(["main", "second"]);
    expect(both.outbox.ready("second", 100, 10).map(({ packet }) => packet.sighting.sequence)).toEqual([1n]);
    both.recordDelivery(stored(both, 1n), "main", "acknowledged", undefined, 6);
    expect(stored(both, 1n).state).toBe("signed");
    both.recordDelivery(stored(both, 1n), "second", "acknowledged", undefined, 7);
    expect(stored(both, 1n)).toMatchObject({ state: "delivered", times: { delivered: 7 } });
    expect(both.outbox.waiting("second")).toBe(0);
  });

  test("keeps a conflict as evidence and the packet undelivered", () => {
    const { store } = newStore();
    const signed = bringTo(store, 1n, "signed");
    store.recordDelivery(signed, "main", "conflict", { code: "conflict", text: "another signature" }, 6);
    expect(stored(store, 1n).state).toBe("signed");
    expect(store.outbox.of(signed.id)).toMatchObject([
      {
        collector: "main",
        state: "conflict",
        attempts: 0,
        reason: { code: "conflict", text: "another signature" },
        settledAt: 6,
      },
    ]);
    expect(store.outbox.ready("main", 1_000, 10)).toEqual([]);
  });

  test("gives the attestation back as it was stored, after a restart too", () => {
    const { store, reopen } = newStore();
    bringTo(store, 1n, "signed");
    expect(reopen().outbox.ready("main", 100, 10)[0]?.packet.attestation).toEqual(attestation(packet(1n)));
  });

  test("waits for its next try", () => {
    const { store } = newStore();
    const signed = bringTo(store, 1n, "signed");
    store.outbox.postpone(signed.id, "main", { code: "peer_unreachable", text: "gone" }, 500);
    expect(store.outbox.ready("main", 499, 10)).toEqual([]);
    expect(store.outbox.nextTryAt("main")).toBe(500);
    expect(store.outbox.ready("main", 500, 10)[0]?.attempts).toBe(1);
  });
});

describe("work", () => {
  test("comes in the order of its tries and in bounded numbers", () => {
    const { store } = newStore();
    for (const sequence of [1n, 2n, 3n]) bringTo(store, sequence, "due");
    store.packets.postpone(stored(store, 1n).id, undefined, 50);
    store.packets.postpone(stored(store, 3n).id, undefined, 20);
    const ready = (now: number, limit: number) =>
      store.work.ready(key, ["due"], now, limit).map(({ sighting }) => sighting.sequence);
    expect(ready(20, 10)).toEqual([2n, 3n]);
    expect(ready(60, 10)).toEqual([2n, 3n, 1n]);
    expect(ready(60, 2)).toEqual([2n, 3n]);
    expect(store.work.nextTryAt(key, ["due"])).toBe(0);
    expect(store.work.nextTryAt(key, ["held"])).toBeUndefined();
  });

  test("is counted by state, with the oldest packet that is not attested", () => {
    const { store } = newStore();
    bringTo(store, 1n, "signed");
    store.recordRange(key, [observation(2n, { block: { height: 7, hash: "0xb7", timestamp: 3_000 } })], undefined, 1);
    expect(store.work.counts(key)).toMatchObject({
      packets: { observed: 1, signed: 1, executed: 0 },
      oldestUnattested: 3_000,
    });
  });

  test("of one route is not another's", () => {
    const { store } = newStore();
    const other = { ...key, deployment: "other" };
    store.routes.open(other, bridges);
    bringTo(store, 1n, "due");
    store.recordRange(other, [observation(1n)], undefined, 1);
    expect(store.work.ready(other, ["due", "observed"], 100, 10).map(({ key }) => key.deployment)).toEqual(["other"]);
    expect(store.work.withId("1", "2", "1").map(({ key }) => key.deployment)).toEqual(["local", "other"]);
  });
});

test("changes that are made together are all made, or none of them", () => {
  const { store, reopen } = newStore();
  for (const sequence of [1n, 2n]) bringTo(store, sequence, "final");
  const both = () => {
    for (const sequence of [1n, 2n]) store.packets.move(stored(store, sequence), "due", 9);
  };
  expect(() =>
    store.atomically(() => {
      both();
      throw new Error("no");
    }),
  ).toThrow("no");
  expect([1n, 2n].map((sequence) => stored(store, sequence).state)).toEqual(["final", "final"]);
  store.atomically(both);
  const again = reopen();
  expect([1n, 2n].map((sequence) => stored(again, sequence).state)).toEqual(["due", "due"]);
});

describe("a stop", () => {
  test("stays over restarts, with its first reason, until it is lifted", () => {
    const { store, reopen } = newStore();
    expect(store.routes.stop(key, "first", 1)).toBe(true);
    expect(store.routes.stop(key, "second", 2)).toBe(false);
    const again = reopen();
    expect(again.routes.stopReason(key)).toBe("first");
    expect(again.routes.resume(key)).toBe(true);
    expect(again.routes.stopReason(key)).toBeUndefined();
    expect(again.routes.resume(key)).toBe(false);
  });
});

test("remembers the contracts that a deployment was first recorded with", () => {
  const { store } = newStore();
  expect(store.routes.open(key, { sourceBridge: "0xOther", destinationBridge: "0xB" })).toEqual(bridges);
});

describe("opening", () => {
  test("is refused while another process has it open", () => {
    const { file } = newStore();
    refusal("database_in_use", () => openStore(file, collectors));
  });

  test("is refused for a database of another kind", () => {
    const { store, file } = newStore();
    store.close();
    const database = new Database(file);
    database.pragma("application_id = 5");
    database.close();
    expect(refusal("database_unusable", () => openStore(file, collectors)).data.reason).toMatch(/another kind/);
  });
});
