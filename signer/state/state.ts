import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { AuditEntry } from "../audit/entry.ts";

/** What a piece of work may use while it decides. Valid only until the work returns. */
export interface Transaction {
  readonly database: SqliteDatabase;
  /** The signer's clock, milliseconds since 1970. */
  readonly nowMs: number;
  /** Appends to the audit chain in this very transaction. */
  record(entry: AuditEntry): void;
  /** Runs an action once everything of this work is on disk, and never if it is rolled back. It must not throw. */
  afterCommit(action: () => void): void;
}

/** The signer's one database: ledger, audit chain and whatever else must be decided in the same transaction. */
export interface SignerState {
  /** The ledger's random id: 32 hex digits. */
  readonly id: string;
  /** Where else the id is kept. */
  readonly binding: Binding;
  /**
   * Runs work in the next group commit and resolves after its fsync; an exception rolls back this work only and is rethrown.
   *
   * @param work synchronous, and without any effect that a roll-back would not undo: it is run again where another one of its
   * group throws.
   * @throws what `work` throws; SQLite's error if the group cannot be committed.
   */
  decide<T>(work: (transaction: Transaction) => T): Promise<T>;
  /**
   * Runs work as `decide` would, among the works that it would meet, and then rolls it back, whatever it returns: nothing
   * of it stays, and no action after a commit is run.
   *
   * @throws what `work` throws; SQLite's error if the group that it is in cannot be committed.
   */
  rehearse<T>(work: (transaction: Transaction) => T): Promise<T>;
  /** Sees what is committed and nothing else. */
  read<T>(work: (database: SqliteDatabase) => T): T;
  /**
   * Lets commits wait a few milliseconds for each other while many requests are on their way; until it is called none does.
   *
   * @param inFlight how many are on their way now.
   */
  gather(inFlight: () => number): void;
  /** Why nothing can be recorded now, or undefined if it can. */
  fault(): string | undefined;
  /** Commits what waits and closes the database. */
  close(): void;
}

/**
 * Where else the ledger's id is kept, so that the keys refuse another ledger: in the tokens that hold them, or, where a
 * token cannot hold a data object, in the database alone, which then has no witness.
 */
export const bindings = ["token", "database"] as const;
export type Binding = (typeof bindings)[number];
