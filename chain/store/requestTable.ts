import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { RouteKey } from "../route.ts";
import { type Reason, type ReasonColumns, reasonOf } from "./packetRow.ts";

/** A packet that a collector asks for and that is not stored: state `requested`, known by its number alone. */
export interface PacketRequest {
  readonly key: RouteKey;
  readonly sequence: bigint;
  /** Where it is said to be; trusted for nothing. */
  readonly hintHeight: number | undefined;
  /** Milliseconds since 1970. */
  readonly requestedAt: number;
  readonly attempts: number;
  readonly nextTryAt: number;
  readonly reason: Reason | undefined;
}

export interface RequestTable {
  /** Keeps a request. @param most how many may be open on the route; one more is `full`. */
  add(
    key: RouteKey,
    request: { readonly sequence: bigint; readonly hintHeight: number | undefined },
    now: number,
    most: number,
  ): "added" | "known" | "full";
  /** Requests whose next try has come, the oldest first. */
  ready(key: RouteKey, now: number, limit: number): PacketRequest[];
  postpone(key: RouteKey, sequence: bigint, reason: Reason, nextTryAt: number): void;
  /** Ends a request. @returns when it was made, undefined if there was none. */
  take(key: RouteKey, sequence: bigint): number | undefined;
  count(key: RouteKey): number;
  /** All of them, newest first. */
  list(limit: number): PacketRequest[];
}

interface RequestColumns extends ReasonColumns {
  readonly deployment: string;
  readonly source: string;
  readonly destination: string;
  readonly sequence: string;
  readonly hint_height: number | null;
  readonly requested_at: number;
  readonly attempts: number;
  readonly next_try_at: number;
}

const ofRoute = "deployment = @deployment AND source = @source AND destination = @destination";

export function createRequestTable(database: SqliteDatabase): RequestTable {
  const insert = database.prepare(
    `INSERT INTO requests (deployment, source, destination, sequence, hint_height, requested_at)
     VALUES (@deployment, @source, @destination, @sequence, @hintHeight, @now) ON CONFLICT DO NOTHING`,
  );
  const known = database
    .prepare<[RouteKey & { sequence: string }], number>(
      `SELECT 1 FROM requests WHERE ${ofRoute} AND sequence = @sequence`,
    )
    .pluck();
  const count = database.prepare<[RouteKey], number>(`SELECT count(*) FROM requests WHERE ${ofRoute}`).pluck();
  const ready = database.prepare<[RouteKey & { now: number; limit: number }], RequestColumns>(
    `SELECT * FROM requests WHERE ${ofRoute} AND next_try_at <= @now ORDER BY requested_at LIMIT @limit`,
  );
  const postpone = database.prepare(
    `UPDATE requests SET attempts = attempts + 1, next_try_at = @nextTryAt, reason_code = @code, reason = @text
     WHERE ${ofRoute} AND sequence = @sequence`,
  );
  const take = database
    .prepare<[RouteKey & { sequence: string }], number>(
      `DELETE FROM requests WHERE ${ofRoute} AND sequence = @sequence RETURNING requested_at`,
    )
    .pluck();
  const list = database.prepare<[number], RequestColumns>("SELECT * FROM requests ORDER BY requested_at DESC LIMIT ?");
  return {
    add(key, { sequence, hintHeight }, now, most) {
      if (known.get({ ...key, sequence: `${sequence}` }) !== undefined) return "known";
      if ((count.get({ ...key }) as number) >= most) return "full";
      insert.run({ ...key, sequence: `${sequence}`, hintHeight: hintHeight ?? null, now });
      return "added";
    },
    ready: (key, now, limit) => ready.all({ ...key, now, limit }).map(packetRequest),
    postpone(key, sequence, { code, text }, nextTryAt) {
      postpone.run({ ...key, sequence: `${sequence}`, code, text, nextTryAt });
    },
    take: (key, sequence) => take.get({ ...key, sequence: `${sequence}` }) as number | undefined,
    count: (key) => count.get({ ...key }) as number,
    list: (limit) => list.all(limit).map(packetRequest),
  };
}

function packetRequest(row: RequestColumns): PacketRequest {
  const { deployment, source, destination } = row;
  return {
    key: { deployment, source, destination },
    sequence: BigInt(row.sequence),
    hintHeight: row.hint_height ?? undefined,
    requestedAt: row.requested_at,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    reason: reasonOf(row),
  };
}
