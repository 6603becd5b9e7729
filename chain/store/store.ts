import { openDatabase, type SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { RouteKey } from "../route.ts";
import { type ArchiveOutbox, createArchiveOutbox } from "./archiveOutbox.ts";
import { type ArchiveTable, createArchiveTable } from "./archiveTable.ts";
import { backUp } from "./backup.ts";
import { type ChainTable, createChainTable } from "./chainTable.ts";
import { checkWhole, damageOf } from "./damage.ts";
import { createNewestQuery, type NewestQuery } from "./newestQuery.ts";
import { createOutboxTable, type OutboxTable } from "./outboxTable.ts";
import type { Reason, StoredPacket } from "./packetRow.ts";
import { createPacketTable, type Observation, type PacketTable } from "./packetTable.ts";
import { createRequestTable, type RequestTable } from "./requestTable.ts";
import { type Cursor, createRouteTable, type RouteTable } from "./routeTable.ts";
import { chainDatabase } from "./schema.ts";
import { createWorkQueries, type WorkQueries } from "./workQueries.ts";

/**
 * All state of the chain-service. Each method that changes something is one transaction, on disk when it returns;
 * everything else in memory is a cache.
 */
export interface Store {
  readonly file: string;
  readonly chains: ChainTable;
  readonly routes: Pick<
    RouteTable,
    "open" | "cursor" | "stop" | "resume" | "stopReason" | "gaps" | "keepGaps" | "rescannedAt" | "noteRescan"
  >;
  readonly packets: Pick<
    PacketTable,
    "find" | "waitInFull" | "move" | "flag" | "postpone" | "recordNotConsumed" | "recordOtherExecution"
  >;
  readonly requests: RequestTable;
  readonly work: WorkQueries;
  readonly outbox: Omit<OutboxTable, "settle">;
  readonly newestAttestation: NewestQuery;
  /**
   * Stores what a range of blocks showed and, where nothing in it is missing, moves the cursor behind it.
   *
   * @returns packets that are final already and are shown differently now: change below finality.
   */
  recordRange(
    key: RouteKey,
    observations: readonly Observation[],
    cursor: Cursor | undefined,
    now: number,
  ): RangeResult;
  /** Stores a verified attestation together with its deliveries. */
  recordSigned(packet: StoredPacket, attestation: Attestation, now: number): void;
  /** Stores a collector's last word about a packet; the packet is delivered once every collector has acknowledged it. */
  recordDelivery(
    packet: StoredPacket,
    collector: string,
    answer: "acknowledged" | "conflict",
    reason: Reason | undefined,
    now: number,
  ): void;
  /**
   * Makes one transaction of several changes: all of them are on disk when it returns, or none. A commit waits for the
   * disk, so a round that changes many packets makes one.
   */
  atomically<T>(work: () => T): T;
  /** Archives executed packets; see {@link ArchiveTable.moveExecuted}. */
  archiveExecuted(before: number, limit: number, now: number): number;
  /** Lets every try that is set for later be made now. */
  tryAllNow(now: number): void;
  /** Copies the database into a new file while it is used. @throws AttestorError `database_exists`, `database_unusable`. */
  backUp(file: string, stop: AbortSignal): Promise<void>;
  close(): void;
}

export interface RangeResult {
  /** Packets that are new or were seen again in another block. */
  readonly seen: number;
  readonly changed: readonly StoredPacket[];
}

/**
 * Opens the database of the chain-service, made if missing.
 *
 * @param collectors names of those that get every attestation.
 * @param opened is told about the open database, for tests that spoil it.
 * @throws AttestorError `database_in_use`, `database_unusable`, `database_damaged`.
 */
export function openStore(
  file: string,
  collectors: readonly string[],
  opened: (database: SqliteDatabase) => void = () => {},
): Store {
  const database = openWhole(file);
  opened(database);
  const routes = createRouteTable(database);
  const packets = createPacketTable(database);
  const outbox = createOutboxTable(database);
  const requests = createRequestTable(database);
  const archive = createArchiveTable(database);
  const archiveOutbox = createArchiveOutbox(database, archive);
  outbox.fill(collectors);
  const find = (key: RouteKey, sequence: bigint) => packets.find(key, sequence) ?? archive.find(key, sequence);

  /** @returns whether the packet was new or moved, or the stored packet if it must not change any more. */
  function observe(key: RouteKey, observation: Observation, now: number): boolean | StoredPacket {
    const stored = find(key, observation.sighting.sequence);
    if (!stored) {
      packets.insert(key, observation, now, requests.take(key, observation.sighting.sequence));
      return true;
    }
    const same = isSamePlace(stored, observation);
    if (same && stored.state !== "orphaned") return false;
    if (stored.state === "observed") packets.move(stored, "orphaned", now);
    else if (stored.state !== "orphaned") return stored;
    packets.returnObserved(stored.id, observation, now);
    return true;
  }

  const recordRange = database.transaction(
    (key: RouteKey, observations: readonly Observation[], cursor: Cursor | undefined, now: number): RangeResult => {
      const results = observations.map((observation) => observe(key, observation, now));
      const changed = results.filter((result): result is StoredPacket => typeof result !== "boolean");
      if (cursor && changed.length === 0) routes.moveCursor(key, cursor);
      return { seen: results.filter((result) => result === true).length, changed };
    },
  );
  const recordSigned = database.transaction((packet: StoredPacket, attestation: Attestation, now: number) => {
    packets.move(packet, "signed", now, { attestation });
    outbox.fill(collectors, packet.id);
  });
  const recordDelivery = database.transaction(
    (
      packet: StoredPacket,
      collector: string,
      answer: "acknowledged" | "conflict",
      reason: Reason | undefined,
      now: number,
    ) => {
      outbox.settle(packet.id, collector, answer, reason, now);
      archiveOutbox.settle(packet.id, collector, answer, reason, now);
      const current = packets.find(packet.key, packet.sighting.sequence);
      if (current?.state === "signed" && outbox.isDelivered(packet.id, collectors)) {
        packets.move(current, "delivered", now, { nextTryAt: current.nextTryAt });
      }
    },
  );
  const hurry = ["packets", "outbox", "archive_outbox", "requests"].map((table) =>
    database.prepare(`UPDATE ${table} SET next_try_at = 0 WHERE next_try_at > ?`),
  );
  const tryAllNow = database.transaction((now: number) => {
    for (const statement of hurry) statement.run(now);
  });
  return {
    file,
    chains: createChainTable(database),
    routes,
    packets: { ...packets, find },
    outbox: withArchive(outbox, archiveOutbox, archive),
    requests,
    work: createWorkQueries(database, archive),
    atomically: <T>(work: () => T) => database.transaction(work)(),
    archiveExecuted: archive.moveExecuted,
    newestAttestation: createNewestQuery(database),
    recordRange,
    recordSigned,
    recordDelivery,
    tryAllNow,
    backUp: (target, stop) => backUp(database, target, stop),
    close: () => database.close(),
  };
}

/** The outbox of all packets, archived ones too; whoever delivers sees no difference. */
function withArchive(outbox: OutboxTable, archived: ArchiveOutbox, archive: ArchiveTable): OutboxTable {
  const earlier = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
  return {
    ...outbox,
    ready(collector, now, limit, except = new Set()) {
      const own = outbox.ready(collector, now, limit, except);
      if (own.length === limit) return own;
      const others = archived.ready(collector, now, limit + except.size).filter(({ packet }) => !except.has(packet.id));
      return [...own, ...others].slice(0, limit);
    },
    nextTryAt: (collector) => earlier(outbox.nextTryAt(collector), archived.nextTryAt(collector)),
    waiting: (collector) => outbox.waiting(collector) + archived.waiting(collector),
    oldestWaiting: (collector) => earlier(outbox.oldestWaiting(collector), archived.oldestWaiting(collector)),
    requeue: (packetId, collector, now) =>
      outbox.requeue(packetId, collector, now) || archived.requeue(packetId, collector, now),
    postpone(packetId, collector, reason, nextTryAt) {
      outbox.postpone(packetId, collector, reason, nextTryAt);
      archived.postpone(packetId, collector, reason, nextTryAt);
    },
    of(packetId) {
      const deliveries = outbox.of(packetId);
      if (deliveries.length > 0) return deliveries;
      const again = archived.of(packetId);
      const before = archive.deliveriesOf(packetId);
      const untouched = before.filter((each) => !again.some(({ collector }) => collector === each.collector));
      return [...untouched, ...again];
    },
  };
}

function openWhole(file: string): SqliteDatabase {
  let database: SqliteDatabase | undefined;
  try {
    database = openDatabase(file, chainDatabase, "either");
    checkWhole(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw damageOf(error, file) ?? error;
  }
}

/** Whether a packet is seen where it was seen before, with the content that it had there. */
export function isSamePlace(stored: StoredPacket, { sighting }: Pick<Observation, "sighting">): boolean {
  const before = stored.sighting;
  return (
    before.block.hash === sighting.block.hash &&
    before.transactionHash === sighting.transactionHash &&
    before.logIndex === sighting.logIndex &&
    before.dispatched === sighting.dispatched
  );
}
