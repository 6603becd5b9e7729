import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { chainHead } from "../../../signer/audit/index.ts";
import { createState, openState, type Transaction } from "../../../signer/state/index.ts";
import { samplePolicy } from "../samples.ts";
import { temporaryState } from "./temporaryState.ts";

const clock = { now: () => 1_000, sleep: () => Promise.resolve() };

/** A table of the test's own. */
async function numbersIn({ state }: ReturnType<typeof temporaryState>) {
  await state.decide(({ database }) => database.exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT"));
  const add = ({ database }: Transaction, n: number) => void database.prepare("INSERT INTO numbers VALUES (?)").run(n);
  const all = () => state.read((database) => database.prepare("SELECT n FROM numbers ORDER BY n").pluck().all());
  return { add, all };
}

const blob = ({ database }: Transaction) =>
  void database.prepare("INSERT INTO blobs VALUES (?)").run(Buffer.alloc(200_000));

describe("decide", () => {
  it("commits works that came together at once, in their order, and answers only then", async () => {
    const files = temporaryState();
    const { add, all } = await numbersIn(files);
    const seen: string[] = [];
    const work = (n: number) =>
      files.state.decide((transaction) => {
        add(transaction, n);
        seen.push(`did ${n}`);
        transaction.afterCommit(() => seen.push(`committed ${n}`));
        return n * 10;
      });
    expect(await Promise.all([work(1), work(2), work(3)])).toEqual([10, 20, 30]);
    expect(seen).toEqual(["did 1", "did 2", "did 3", "committed 1", "committed 2", "committed 3"]);
    expect(all()).toEqual([1, 2, 3]);
  });

  describe("while requests are on their way", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
    afterEach(() => void vi.useRealTimers());
    const turn = () => new Promise(setImmediate);

    /** Works that tell what was done with them. */
    function tellingWorks({ state }: ReturnType<typeof temporaryState>) {
      const seen: string[] = [];
      const work = (name: string) =>
        state.decide(({ afterCommit }) => {
          seen.push(`did ${name}`);
          afterCommit(() => seen.push(`committed ${name}`));
        });
      return { seen, work };
    }

    it("lets a commit wait for a quarter of them", async () => {
      const files = temporaryState();
      const { seen, work } = tellingWorks(files);
      files.state.gather(() => 8);
      const first = work("a");
      await turn();
      await turn();
      expect(seen).toEqual([]);
      await Promise.all([first, work("b")]);
      expect(seen).toEqual(["did a", "did b", "committed a", "committed b"]);
    });

    it("loses its patience with what does not come", async () => {
      const files = temporaryState();
      const { seen, work } = tellingWorks(files);
      files.state.gather(() => 8);
      const alone = work("a");
      await turn();
      expect(seen).toEqual([]);
      vi.advanceTimersByTime(3);
      await alone;
      expect(seen).toEqual(["did a", "committed a"]);
    });

    it.each([
      [200, 20],
      [4_000, 25],
    ])("has more patience in a crowd: %i requests, %i ms", async (requests, patience) => {
      const files = temporaryState();
      const { seen, work } = tellingWorks(files);
      files.state.gather(() => requests);
      const alone = work("a");
      vi.advanceTimersByTime(patience - 1);
      await turn();
      expect(seen).toEqual([]);
      vi.advanceTimersByTime(1);
      await alone;
      expect(seen).toEqual(["did a", "committed a"]);
    });

    it("keeps nobody waiting who is alone", async () => {
      const files = temporaryState();
      const { seen, work } = tellingWorks(files);
      files.state.gather(() => 1);
      await work("a");
      expect(seen).toEqual(["did a", "committed a"]);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it("commits more works than one group holds", async () => {
    const files = temporaryState();
    const { add, all } = await numbersIn(files);
    const numbers = Array.from({ length: 600 }, (_, index) => index);
    await Promise.all(numbers.map((n) => files.state.decide((transaction) => add(transaction, n))));
    expect(all()).toEqual(numbers);
  });

  it("rolls back what throws, with its records and its actions, and leaves its neighbours", async () => {
    const files = temporaryState();
    const { add, all } = await numbersIn(files);
    const actions: number[] = [];
    const size = () => files.state.read(chainHead).size;
    const before = size();
    const work = (n: number, fault?: Error) =>
      files.state.decide((transaction) => {
        add(transaction, n);
        transaction.record({ kind: "clock", body: { n: `${n}` } });
        transaction.afterCommit(() => actions.push(n));
        if (fault) throw fault;
      });
    const results = await Promise.allSettled([work(1), work(2, new RangeError("no")), work(3), work(3)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(results[1]).toMatchObject({ reason: new RangeError("no") });
    expect(results[3]).toMatchObject({ reason: { code: "SQLITE_CONSTRAINT_PRIMARYKEY" } });
    expect(all()).toEqual([1, 3]);
    expect(actions).toEqual([1, 3]);
    expect(size()).toBe(before + 2);
  });

  it("lets a work ask for another one, which comes into the next commit", async () => {
    const files = temporaryState();
    const { add, all } = await numbersIn(files);
    let inner: Promise<void> | undefined;
    await files.state.decide((transaction) => {
      add(transaction, 1);
      inner = files.state.decide((next) => add(next, 2));
    });
    await inner;
    expect(all()).toEqual([1, 2]);
  });

  it("gives the time of the signer's clock", async () => {
    const { state } = temporaryState(clock);
    expect(await state.decide(({ nowMs }) => nowMs)).toBe(1_000);
  });

  it("refuses once the state is closed", async () => {
    const { state } = temporaryState();
    state.close();
    await expect(state.decide(() => 1)).rejects.toMatchObject({ code: "failed" });
    expect(state.fault()).toBe("it is closed");
  });
});

describe("rehearse", () => {
  it("shows a work what it would meet and leaves nothing of it", async () => {
    const files = temporaryState();
    const { add, all } = await numbersIn(files);
    const actions: string[] = [];
    const { size } = files.state.read(chainHead);
    const [, rehearsed] = await Promise.all([
      files.state.decide((transaction) => add(transaction, 1)),
      files.state.rehearse((transaction) => {
        add(transaction, 2);
        transaction.record({ kind: "clock", body: { n: "2" } });
        transaction.afterCommit(() => actions.push("committed"));
        return transaction.database.prepare("SELECT n FROM numbers ORDER BY n").pluck().all();
      }),
      files.state.decide((transaction) => add(transaction, 2)),
    ]);
    expect(rehearsed).toEqual([1, 2]);
    expect(all()).toEqual([1, 2]);
    expect(actions).toEqual([]);
    expect(files.state.read(chainHead).size).toBe(size);
  });

  it("throws what the work throws and leaves its neighbours", async () => {
    const files = temporaryState();
    const { add, all } = await numbersIn(files);
    const results = await Promise.allSettled([
      files.state.rehearse((transaction) => {
        add(transaction, 1);
        throw new RangeError("no");
      }),
      files.state.decide((transaction) => add(transaction, 3)),
    ]);
    expect(results).toMatchObject([{ reason: new RangeError("no") }, { status: "fulfilled" }]);
    expect(all()).toEqual([3]);
  });

  it("says nothing of a disk that could not be written", async () => {
    const files = temporaryState();
    const { state } = files;
    await state.decide(({ database }) => database.exec("CREATE TABLE blobs (b BLOB) STRICT"));
    state.read((database) => database.pragma(`max_page_count = ${database.pragma("page_count", { simple: true })}`));
    await expect(state.decide(blob)).rejects.toMatchObject({ code: "SQLITE_FULL" });
    await state.rehearse(() => 1);
    expect(state.fault()).toBe("SQLITE_FULL");
  });
});

describe("a disk that is full", () => {
  const limit = (database: SqliteDatabase, pages: number) => void database.pragma(`max_page_count = ${pages}`);

  it("rejects what does not fit, says so, and recovers when there is room", async () => {
    const files = temporaryState();
    const { state } = files;
    const { add, all } = await numbersIn(files);
    await state.decide(({ database }) => database.exec("CREATE TABLE blobs (b BLOB) STRICT"));
    const pages = state.read((database) => Number(database.pragma("page_count", { simple: true })));
    state.read((database) => limit(database, pages));
    const results = await Promise.allSettled([state.decide(blob), state.decide(blob)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(results[0]).toMatchObject({ reason: { code: "SQLITE_FULL" } });
    expect(state.fault()).toBe("SQLITE_FULL");

    state.read((database) => limit(database, pages + 1_000));
    await Promise.all([state.decide(blob), state.decide((transaction) => add(transaction, 1))]);
    expect(state.fault()).toBeUndefined();
    expect(all()).toEqual([1]);
  });
});

describe("closing", () => {
  it("commits what waits", async () => {
    const files = temporaryState();
    const { add } = await numbersIn(files);
    const pending = files.state.decide((transaction) => add(transaction, 1));
    files.state.close();
    await pending;
    const reopened = files.reopen();
    expect(reopened.read((database) => database.prepare("SELECT n FROM numbers").pluck().all())).toEqual([1]);
  });
});

describe("the ledger's id", () => {
  it("is random, stays through restarts, and is the first record of the audit chain", () => {
    const files = temporaryState(clock);
    const { id } = files.state;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(temporaryState().state.id).not.toBe(id);
    expect(files.reopen()).toMatchObject({ id, binding: "database" });
    const record = files.state.read((database) => database.prepare("SELECT record FROM audit").pluck().all());
    const policy = `{"hash":"${samplePolicy().hash}","version":"1"}`;
    const body = `{"binding":"database","ledger":"${id}","policy":${policy}}`;
    expect(record).toEqual([`{"at":"1970-01-01T00:00:01.000Z","body":${body},"kind":"ledger","sequence":"1"}`]);
  });

  it.each([
    ["changed", "UPDATE identity SET ledger = lower(hex(randomblob(16)))"],
    ["deleted", "DELETE FROM identity"],
    ["doubled", "INSERT INTO identity SELECT 2, ledger, binding, created_at_ms FROM identity"],
  ])("cannot be %s", (_what, sql) => {
    const { file, state } = temporaryState();
    state.close();
    const database = new Database(file);
    try {
      expect(() => database.prepare(sql).run()).toThrow(/never changes|CHECK constraint/);
    } finally {
      database.close();
    }
  });
});

describe("a state's file", () => {
  it("is refused if its creation was broken off", () => {
    const { file, state } = temporaryState();
    state.close();
    const database = new Database(file);
    database.exec("DROP TRIGGER identity_is_never_deleted; DELETE FROM identity");
    database.close();
    expect(() => openState(file, clock, "")).toThrow("its creation was broken off");
    expect(() => createState(file, "database", samplePolicy())).toThrow(
      expect.objectContaining({ code: "database_exists" }),
    );
  });
});
