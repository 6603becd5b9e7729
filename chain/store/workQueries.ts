import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { RouteKey } from "../route.ts";
import { type PacketColumns, type StoredPacket, storedPacket } from "./packetRow.ts";
import { type PacketState, packetStates, unattestedStates } from "./transitions.ts";

/** What a route has, at a glance. */
export interface RouteCounts {
  readonly packets: Readonly<Record<PacketState, number>>;
  /** Block time of the oldest packet that still has to be attested, Unix seconds. */
  readonly oldestUnattested: number | undefined;
}

export interface WorkQueries {
  /** Observed packets in blocks up to a height, oldest block first. */
  observedUpTo(key: RouteKey, height: number, limit: number): StoredPacket[];
  /** Final packets in blocks up to a time (Unix seconds), oldest block first. */
  finalSince(key: RouteKey, blockTime: number, limit: number): StoredPacket[];
  /** The same, of those that were found to be instant when they became final. */
  instantSince(key: RouteKey, blockTime: number, limit: number): StoredPacket[];
  /** Packets in one of the states whose next try has come, longest waiting first. */
  ready(key: RouteKey, states: readonly PacketState[], now: number, limit: number): StoredPacket[];
  /** When the next of them wants its try, milliseconds since 1970. */
  nextTryAt(key: RouteKey, states: readonly PacketState[]): number | undefined;
  /** Signed packets whose execution on the target chain is still to be found. */
  unconfirmed(key: RouteKey, now: number, limit: number): StoredPacket[];
  /** How many packets were attested before a time (milliseconds since 1970) and are not executed. */
  overdue(key: RouteKey, signedBefore: number): number;
  /** All packets in the blocks `from` to `to`, both included. */
  inBlocks(key: RouteKey, from: number, to: number): StoredPacket[];
  hasPackets(key: RouteKey): boolean;
  counts(key: RouteKey): RouteCounts;
  /** Newest first. `retrying`: only packets of which something failed and is tried again, in whatever state. */
  list(filter: { readonly state?: PacketState; readonly retrying?: boolean; readonly limit: number }): StoredPacket[];
  /** Every packet with that id, one per deployment that has it. */
  withId(source: string, destination: string, sequence: string): StoredPacket[];
}

const ofRoute = "deployment = @deployment AND source = @source AND destination = @destination";

export function createWorkQueries(database: SqliteDatabase): WorkQueries {
  const packets = <P>(rest: string) => {
    const statement = database.prepare<[P], PacketColumns>(`SELECT * FROM packets WHERE ${rest}`);
    return (parameters: P) => statement.all(parameters).map(storedPacket);
  };
  type Bound = RouteKey & { bound: number; limit: number };
  type InStates = RouteKey & { states: string };
  const oneOf = "state IN (SELECT value FROM json_each(@states))";
  const observedUpTo = packets<Bound>(
    `${ofRoute} AND state = 'observed' AND block_height <= @bound ORDER BY block_height, log_index LIMIT @limit`,
  );
  const finalSince = packets<Bound>(
    `${ofRoute} AND state = 'final' AND block_time <= @bound ORDER BY block_time, id LIMIT @limit`,
  );
  const instantSince = packets<Bound>(
    `${ofRoute} AND state = 'final' AND instant = 1 AND block_time <= @bound ORDER BY block_time, id LIMIT @limit`,
  );
  const ready = packets<Bound & InStates>(
    `${ofRoute} AND ${oneOf} AND next_try_at <= @bound ORDER BY next_try_at, id LIMIT @limit`,
  );
  const unconfirmed = packets<Bound>(
    `${ofRoute} AND state IN ('signed', 'delivered') AND executed_hash IS NULL AND next_try_at <= @bound
     ORDER BY next_try_at, id LIMIT @limit`,
  );
  const nextTryAt = database
    .prepare<[InStates], number | null>(`SELECT min(next_try_at) FROM packets WHERE ${ofRoute} AND ${oneOf}`)
    .pluck();
  const anyPacket = database.prepare<[RouteKey], number>(`SELECT 1 FROM packets WHERE ${ofRoute} LIMIT 1`).pluck();
  const counts = database.prepare<[RouteKey], { state: PacketState; count: number }>(
    `SELECT state, count(*) AS count FROM packets WHERE ${ofRoute} GROUP BY state`,
  );
  const requested = database.prepare<[RouteKey], number>(`SELECT count(*) FROM requests WHERE ${ofRoute}`).pluck();
  const oldest = database
    .prepare<[InStates], number | null>(`SELECT min(block_time) FROM packets WHERE ${ofRoute} AND ${oneOf}`)
    .pluck();
  const inBlocks = packets<RouteKey & { from: number; to: number }>(
    `${ofRoute} AND block_height BETWEEN @from AND @to ORDER BY block_height, log_index`,
  );
  const overdue = database
    .prepare<[RouteKey & { bound: number }], number>(
      `SELECT count(*) FROM packets WHERE ${ofRoute} AND state IN ('signed', 'delivered') AND signed_at < @bound`,
    )
    .pluck();
  const list = packets<{ limit: number }>("1 ORDER BY id DESC LIMIT @limit");
  const listState = packets<{ state: string; limit: number }>("state = @state ORDER BY id DESC LIMIT @limit");
  const listRetrying = packets<{ state: string | null; limit: number }>(
    `id IN (
       SELECT id FROM packets WHERE reason_code IS NOT NULL AND attempts > 0 AND state NOT IN ('refused', 'executed')
       UNION SELECT packet_id FROM outbox WHERE state = 'waiting' AND attempts > 0
     ) AND (@state IS NULL OR state = @state) ORDER BY id DESC LIMIT @limit`,
  );
  const withId = packets<{ source: string; destination: string; sequence: string }>(
    "source = @source AND destination = @destination AND sequence = @sequence ORDER BY deployment",
  );
  return {
    observedUpTo: (key, height, limit) => observedUpTo({ ...key, bound: height, limit }),
    finalSince: (key, blockTime, limit) => finalSince({ ...key, bound: blockTime, limit }),
    instantSince: (key, blockTime, limit) => instantSince({ ...key, bound: blockTime, limit }),
    ready: (key, states, now, limit) => ready({ ...key, states: JSON.stringify(states), bound: now, limit }),
    nextTryAt: (key, states) =>
      (nextTryAt.get({ ...key, states: JSON.stringify(states) }) as number | null) ?? undefined,
    unconfirmed: (key, now, limit) => unconfirmed({ ...key, bound: now, limit }),
    overdue: (key, signedBefore) => overdue.get({ ...key, bound: signedBefore }) as number,
    inBlocks: (key, from, to) => inBlocks({ ...key, from, to }),
    hasPackets: (key) => anyPacket.get(key) !== undefined,
    counts(key) {
      const found = new Map(counts.all(key).map(({ state, count }) => [state, count]));
      found.set("requested", requested.get(key) as number);
      const all = packetStates.map((state) => [state, found.get(state) ?? 0] as const);
      const oldestTime = oldest.get({ ...key, states: JSON.stringify(unattestedStates) }) as number | null;
      return {
        packets: Object.fromEntries(all) as Record<PacketState, number>,
        oldestUnattested: oldestTime ?? undefined,
      };
    },
    list({ state, retrying = false, limit }) {
      if (retrying) return listRetrying({ state: state ?? null, limit });
      return state === undefined ? list({ limit }) : listState({ state, limit });
    },
    withId: (source, destination, sequence) => withId({ source, destination, sequence }),
  };
}
