import type Database from "better-sqlite3";
import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { appendRecord, type ChainHead } from "../audit/chain.ts";
import type { Transaction } from "./state.ts";

/** Most works that share one commit: it bounds how long the first of them waits for the last. */
const largestGroup = 256;

/**
 * Longest that a commit waits for what else is on its way, in milliseconds: a few commits' worth, and in a crowd a tenth for
 * each request in it, a quarter of what the fastest devices need to sign for all of them. A commit costs nearly as much for
 * one work as for a hundred, and the machine that pays for it is the one that signs.
 */
const patienceMs = { least: 3, ofEachRequest: 0.1, most: 25 } as const;

/** So many of the requests that are on their way make a commit worth its cost: a quarter of them. */
const worthwhileShare = 4;

/** What becomes of what a work has written. */
type Effect = "keep" | "undo";

interface Waiting {
  /** Does the work; what it returns tells the caller the result. */
  attempt(transaction: Transaction): () => void;
  readonly effect: Effect;
  reject(error: unknown): void;
}

/**
 * The one writer of a database. Works that arrive while a commit is under way share the next one, because an fsync costs
 * the same for one row as for a hundred. What one of them throws or refuses leaves its neighbours: all of them are done again
 * then, each in a savepoint of its own.
 */
export class GroupCommit {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #inFlight: () => number;
  readonly #statements: Readonly<Record<"begin" | "commit" | "savepoint" | "release", Database.Statement<[]>>>;
  readonly #waiting: Waiting[] = [];
  #isDue = false;
  #patience: NodeJS.Timeout | undefined;
  #fault: string | undefined;
  /** Where the audit chain ends, as far as it was written in this transaction; undefined to look again. */
  #chainEnd: ChainHead | undefined;

  /** @param inFlight how many requests are on their way, each of which may bring a work soon. */
  constructor(database: SqliteDatabase, clock: Clock, inFlight: () => number) {
    this.#database = database;
    this.#clock = clock;
    this.#inFlight = inFlight;
    this.#statements = {
      begin: database.prepare("BEGIN IMMEDIATE"),
      commit: database.prepare("COMMIT"),
      savepoint: database.prepare("SAVEPOINT work"),
      release: database.prepare("RELEASE work"),
    };
  }

  /** Resolves when the work is on disk or, where it is to be undone, when it was. */
  submit<T>(work: (transaction: Transaction) => T, effect: Effect = "keep"): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const attempt = (transaction: Transaction) => {
      const result = work(transaction);
      return () => resolve(result);
    };
    if (this.#database.open) this.#waiting.push({ attempt, reject, effect });
    else reject(new AttestorError("failed", { rule: "ledger", reason: "its database is closed" }));
    this.#schedule();
    return promise;
  }

  /** Why the latest commit, or a work in it, could not be written; undefined once one could. */
  fault(): string | undefined {
    return this.#fault;
  }

  /** Commits everything that waits. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commit(this.#waiting.splice(0, largestGroup));
  }

  /**
   * After the sockets that are readable now have been read: what they brought goes into the same commit. While many requests
   * are on their way, the commit waits for a part of them, and for no longer than its patience.
   */
  #schedule(): void {
    if (this.#isDue || this.#waiting.length === 0) return;
    if (this.#waiting.length * worthwhileShare >= this.#inFlight()) this.#commitSoon();
    else this.#patience ??= setTimeout(() => this.#commitSoon(), patienceWith(this.#inFlight()));
  }

  #commitSoon(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#commit(this.#waiting.splice(0, largestGroup));
      this.#schedule();
    });
  }

  #commit(group: readonly Waiting[]): void {
    if (group.length === 0) return;
    let settlements: (() => void)[];
    // what writes nothing shows nothing of the disk
    if (group.some(({ effect }) => effect === "keep")) this.#fault = undefined;
    try {
      this.#begin();
      settlements = this.#inOne(group) ?? group.map((waiting) => this.#attemptApart(waiting));
      this.#statements.commit.run();
    } catch (error) {
      this.#fault = faultName(error);
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      for (const { reject } of group) reject(error);
      return;
    }
    for (const settle of settlements) settle();
  }

  /**
   * The works one after the other, without a savepoint for each: that costs a tenth of everything here, and hardly ever does
   * one of them throw.
   *
   * @returns undefined if one of them threw, or is to be undone; nothing of any of them stands then.
   */
  #inOne(group: readonly Waiting[]): (() => void)[] | undefined {
    if (group.some(({ effect }) => effect === "undo")) return undefined;
    try {
      return group.map((waiting) => this.#attempt(waiting));
    } catch {
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      this.#begin();
      return undefined;
    }
  }

  #begin(): void {
    this.#statements.begin.run();
    this.#chainEnd = undefined;
  }

  #undoWork(): void {
    this.#database.exec("ROLLBACK TO work; RELEASE work");
    this.#chainEnd = undefined;
  }

  #attempt(waiting: Waiting): () => void {
    const actions: (() => void)[] = [];
    const tell = waiting.attempt(this.#transaction(actions));
    return () => {
      for (const action of actions) action();
      tell();
    };
  }

  #attemptApart(waiting: Waiting): () => void {
    this.#statements.savepoint.run();
    try {
      if (waiting.effect === "undo") {
        const tell = waiting.attempt(this.#transaction([]));
        this.#undoWork();
        return tell;
      }
      const settle = this.#attempt(waiting);
      this.#statements.release.run();
      return settle;
    } catch (error) {
      // a full disk or an I/O error may make SQLite roll back everything, and then nobody's work stands
      if (!this.#database.inTransaction) throw error;
      if (isWriteFault(error)) this.#fault = faultName(error);
      this.#undoWork();
      return () => waiting.reject(error);
    }
  }

  #transaction(actions: (() => void)[]): Transaction {
    const database = this.#database;
    const nowMs = this.#clock.now();
    return {
      database,
      nowMs,
      record: (entry) => {
        this.#chainEnd = appendRecord(database, entry, nowMs, this.#chainEnd);
      },
      afterCommit: (action) => void actions.push(action),
    };
  }
}

function patienceWith(inFlight: number): number {
  const { least, ofEachRequest, most } = patienceMs;
  return Math.min(most, Math.max(least, inFlight * ofEachRequest));
}

/** Whether it is the disk that kept a work from being written, and not the work itself. */
function isWriteFault(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|NOMEM)/.test(faultName(error));
}
