import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { RouteKey } from "../route.ts";
import type { ArchiveTable } from "./archiveTable.ts";
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
  /** All packets in the blocks `from` to `to`, both included; archived ones, too. */
  inBlocks(key: RouteKey, from: number, to: number): StoredPacket[];
  hasPackets(key: RouteKey): boolean;
  counts(key: RouteKey): RouteCounts;
  /** Newest first, without archived ones. `retrying`: only packets of which something failed and is tried again, in whatever state. */
  list(filter: { readonly state?: PacketState; readonly retrying?: boolean; readonly limit: number }): StoredPacket[];
  /** Every packet with that id, one per deployment that has it. */
  withId(source: string, destination: string, sequence: string): StoredPacket[];
}

const ofRoute = "deployment = @deployment AND source = @source AND destination = @destination";

type Bound = RouteKey & { readonly bound: number; readonly limit: number };
type InState = RouteKey & { readonly state: PacketState };

/** Each query names its index: what a round of work costs must not depend on how many packets are stored. */
export function createWorkQueries(database: SqliteDatabase, archive: ArchiveTable): WorkQueries {
  const packetsBy = <P>(index: string, rest: string) => {
    const statement = database.prepare<[P], PacketColumns>(`SELECT packets.* FROM packets ${index} WHERE ${rest}`);
    return (parameters: P) => statement.all(parameters).map(storedPacket);
  };
  const packets = <P>(rest: string) => packetsBy<P>("", rest);
  const least = (column: string, index: string) => {
    const statement = database
      .prepare<[InState], number | null>(
        `SELECT min(${column}) FROM packets INDEXED BY ${index} WHERE ${ofRoute} AND state = @state`,
      )
      .pluck();
    return (key: RouteKey, states: readonly PacketState[]): number | undefined => {
      const found = states.map((state) => statement.get({ ...key, state }) as number | null);
      const present = found.filter((value) => value !== null);
      return present.length === 0 ? undefined : Math.min(...present);
    };
  };
  /** State by state, because only then the index has them in the wanted order. */
  const inStates = (more: string) => {
    const ofState = packetsBy<Bound & InState>(
      "INDEXED BY packets_by_work",
      `${ofRoute} AND state = @state AND next_try_at <= @bound ${more} ORDER BY next_try_at, id LIMIT @limit`,
    );
    return (key: RouteKey, states: readonly PacketState[], bound: number, limit: number): StoredPacket[] =>
      states
        .flatMap((state) => ofState({ ...key, state, bound, limit }))
        .sort((a, b) => a.nextTryAt - b.nextTryAt || a.id - b.id)
        .slice(0, limit);
  };
  const observedUpTo = packetsBy<Bound>(
    "INDEXED BY observed_packets",
    `${ofRoute} AND state = 'observed' AND block_height <= @bound ORDER BY block_height, log_index LIMIT @limit`,
  );
  const finalSince = packetsBy<Bound>(
    "INDEXED BY packets_by_age",
    `${ofRoute} AND state = 'final' AND block_time <= @bound ORDER BY block_time, id LIMIT @limit`,
  );
  const instantSince = packetsBy<Bound>(
    "INDEXED BY instant_packets",
    `${ofRoute} AND state = 'final' AND instant = 1 AND block_time <= @bound ORDER BY block_time, id LIMIT @limit`,
  );
  const ready = inStates("");
  const unconfirmed = inStates("AND executed_hash IS NULL");
  const nextTryAt = least("next_try_at", "packets_by_work");
  const oldest = least("block_time", "packets_by_age");
  const anyPacket = database.prepare<[RouteKey], number>(`SELECT 1 FROM packets WHERE ${ofRoute} LIMIT 1`).pluck();
  const counts = database.prepare<[RouteKey], { state: PacketState; count: number }>(
    `SELECT state, count FROM packet_counts WHERE ${ofRoute}`,
  );
  const requested = database.prepare<[RouteKey], number>(`SELECT count(*) FROM requests WHERE ${ofRoute}`).pluck();
  const inBlocks = packetsBy<RouteKey & { from: number; to: number }>(
    "INDEXED BY packets_by_block",
    `${ofRoute} AND block_height BETWEEN @from AND @to ORDER BY block_height, log_index`,
  );
  const overdue = database
    .prepare<[RouteKey & { bound: number }], number>(
      `SELECT count(*) FROM packets INDEXED BY unexecuted_packets WHERE ${ofRoute} AND state IN ('signed', 'delivered') AND signed_at < @bound`,
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
  const deployments = database
    .prepare<[{ source: string; destination: string }], string>(
      "SELECT deployment FROM routes WHERE source = @source AND destination = @destination ORDER BY deployment",
    )
    .pluck();
  const withKey = packets<RouteKey & { sequence: string }>(`${ofRoute} AND sequence = @sequence`);
  return {
    observedUpTo: (key, height, limit) => observedUpTo({ ...key, bound: height, limit }),
    finalSince: (key, blockTime, limit) => finalSince({ ...key, bound: blockTime, limit }),
    instantSince: (key, blockTime, limit) => instantSince({ ...key, bound: blockTime, limit }),
    ready,
    nextTryAt,
    unconfirmed: (key, now, limit) => unconfirmed(key, ["signed", "delivered"], now, limit),
    overdue: (key, signedBefore) => overdue.get({ ...key, bound: signedBefore }) as number,
    inBlocks: (key, from, to) => [...inBlocks({ ...key, from, to }), ...archive.inBlocks(key, from, to)],
    hasPackets: (key) => anyPacket.get(key) !== undefined || archive.has(key),
    counts(key) {
      const found = new Map(counts.all(key).map(({ state, count }) => [state, count]));
      found.set("requested", requested.get(key) as number);
      const all = packetStates.map((state) => [state, found.get(state) ?? 0] as const);
      return {
        packets: Object.fromEntries(all) as Record<PacketState, number>,
        oldestUnattested: oldest(key, unattestedStates),
      };
    },
    list({ state, retrying = false, limit }) {
      if (retrying) return listRetrying({ state: state ?? null, limit });
      return state === undefined ? list({ limit }) : listState({ state, limit });
    },
    withId: (source, destination, sequence) =>
      (deployments.all({ source, destination }) as string[]).flatMap((deployment) => {
        const key = { deployment, source, destination };
        const found = withKey({ ...key, sequence });
        const archived = found.length === 0 ? archive.find(key, BigInt(sequence)) : undefined;
        return archived ? [archived] : found;
      }),
  };
}
