import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { RouteKey } from "../route.ts";

/** How far a route's source chain has been read without a gap. */
export interface Cursor {
  /** Every packet up to this height is stored; -1 before block 0. */
  readonly height: number;
  /** Hash of that block; undefined at the very beginning. */
  readonly hash: string | undefined;
  /** That block's own time, Unix seconds; undefined where the hash is, and until the cursor of an older database moves. */
  readonly timestamp?: number | undefined;
  /** What the contract had counted to at that height. */
  readonly counter: bigint;
}

export interface Bridges {
  readonly sourceBridge: string;
  readonly destinationBridge: string;
}

/** Numbers that the contract counted and nobody shows, both ends included, and since when (milliseconds since 1970). */
export interface StoredGap {
  readonly from: bigint;
  readonly to: bigint;
  readonly since: number;
}

export interface RouteTable {
  /** Records a route when it is first seen; returns the contracts that its deployment has been recorded with. */
  open(key: RouteKey, bridges: Bridges): Bridges;
  cursor(key: RouteKey): Cursor | undefined;
  /** Moves the cursor; belongs into the transaction that stores what it passes. */
  moveCursor(key: RouteKey, cursor: Cursor): void;
  /** Stops a route until a person resumes it. Returns false if it was stopped before: the first reason stays. */
  stop(key: RouteKey, reason: string, now: number): boolean;
  /** Returns false if the route was not stopped. */
  resume(key: RouteKey): boolean;
  stopReason(key: RouteKey): string | undefined;
  /** What is missing as far as is known, lowest first. */
  gaps(key: RouteKey): StoredGap[];
  /** Replaces what is known to be missing. */
  keepGaps(key: RouteKey, gaps: readonly StoredGap[]): void;
  /** When a night's rescan was last noted. */
  rescannedAt(key: RouteKey): number | undefined;
  noteRescan(key: RouteKey, now: number): void;
}

interface CursorColumns {
  readonly height: number;
  readonly hash: string | null;
  readonly time: number | null;
  readonly counter: string;
}

const where = "deployment = @deployment AND source = @source AND destination = @destination";

export function createRouteTable(database: SqliteDatabase): RouteTable {
  const insert = database.prepare(
    `INSERT INTO routes (deployment, source, destination, source_bridge, destination_bridge)
     VALUES (@deployment, @source, @destination, @sourceBridge, @destinationBridge) ON CONFLICT DO NOTHING`,
  );
  const bridges = database.prepare<[RouteKey], Bridges>(
    `SELECT source_bridge AS sourceBridge, destination_bridge AS destinationBridge FROM routes WHERE ${where}`,
  );
  const cursor = database.prepare<[RouteKey], CursorColumns>(
    `SELECT scanned_height AS height, scanned_hash AS hash, scanned_time AS time, counter FROM routes
     WHERE ${where} AND scanned_height IS NOT NULL`,
  );
  const move = database.prepare(
    `UPDATE routes SET scanned_height = @height, scanned_hash = @hash, scanned_time = @time, counter = @counter
     WHERE ${where}`,
  );
  const stop = database.prepare(
    `INSERT INTO stops (deployment, source, destination, reason, stopped_at)
     VALUES (@deployment, @source, @destination, @reason, @now) ON CONFLICT DO NOTHING`,
  );
  const resume = database.prepare(`DELETE FROM stops WHERE ${where}`);
  const stopReason = database.prepare<[RouteKey], string>(`SELECT reason FROM stops WHERE ${where}`).pluck();
  const gaps = database.prepare<[RouteKey], { first: string; last: string; since: number }>(
    `SELECT first, last, since FROM gaps WHERE ${where} ORDER BY length(first), first`,
  );
  const forgetGaps = database.prepare(`DELETE FROM gaps WHERE ${where}`);
  const insertGap = database.prepare(
    `INSERT INTO gaps (deployment, source, destination, first, last, since)
     VALUES (@deployment, @source, @destination, @first, @last, @since)`,
  );
  const rescannedAt = database
    .prepare<[RouteKey], number | null>(`SELECT rescanned_at FROM routes WHERE ${where}`)
    .pluck();
  const noteRescan = database.prepare(`UPDATE routes SET rescanned_at = @now WHERE ${where}`);
  return {
    open(key, asked) {
      insert.run({ ...key, ...asked });
      return bridges.get(key) ?? asked;
    },
    cursor(key) {
      const row = cursor.get(key);
      if (!row) return undefined;
      const { height, hash, time, counter } = row;
      return { height, hash: hash ?? undefined, timestamp: time ?? undefined, counter: BigInt(counter) };
    },
    moveCursor(key, { height, hash, timestamp, counter }) {
      move.run({ ...key, height, hash: hash ?? null, time: timestamp ?? null, counter: counter.toString() });
    },
    stop: (key, reason, now) => stop.run({ ...key, reason, now }).changes > 0,
    resume: (key) => resume.run({ ...key }).changes > 0,
    stopReason: (key) => stopReason.get(key) as string | undefined,
    gaps: (key) =>
      gaps.all({ ...key }).map(({ first, last, since }) => ({ from: BigInt(first), to: BigInt(last), since })),
    keepGaps: database.transaction((key: RouteKey, kept: readonly StoredGap[]) => {
      forgetGaps.run({ ...key });
      for (const { from, to, since } of kept) insertGap.run({ ...key, first: `${from}`, last: `${to}`, since });
    }),
    rescannedAt: (key) => (rescannedAt.get({ ...key }) as number | null | undefined) ?? undefined,
    noteRescan: (key, now) => void noteRescan.run({ ...key, now }),
  };
}
