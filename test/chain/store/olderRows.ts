import { deflateRawSync } from "node:zlib";
import type Database from "better-sqlite3";
import type { PacketState } from "../../../chain/store/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { packetToWire } from "../../../shared/packet/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { insertRow } from "../../shared/sqlite/olderDatabase.ts";
import { attestation, key, observation, packet, verdict } from "./samples.ts";

/** Written in SQL and not by the store, whose statements are those of the newest version. */
export const olderPackets: readonly (readonly [sequence: bigint, state: PacketState])[] = [
  [1n, "observed"],
  [2n, "final"],
  [3n, "due"],
  [4n, "screened"],
  [5n, "signed"],
  [6n, "delivered"],
  [7n, "executed"],
  [8n, "held"],
  [9n, "refused"],
  [10n, "orphaned"],
  [11n, "executed"],
];

/** Executed a while ago: in the archive where the version has one. */
export const archivedSequence = 11n;
export const requestedSequence = 20n;
export const olderCursor = { height: 12, hash: "0xb12", counter: 11n };

const ways: Partial<Record<PacketState, readonly PacketState[]>> = {
  final: ["final"],
  due: ["final", "due"],
  screened: ["final", "due", "screened"],
  signed: ["final", "due", "screened", "signed"],
  delivered: ["final", "due", "screened", "signed", "delivered"],
  executed: ["final", "due", "screened", "signed", "delivered", "executed"],
  held: ["final", "due", "screened", "held"],
  refused: ["refused"],
  orphaned: ["orphaned"],
};

/** Rows that are valid in a database of that version. */
export function fillOlder(database: Database.Database, version: number): void {
  const bridges = { source_bridge: "0xA", destination_bridge: "0xB" };
  const { height: scanned_height, hash: scanned_hash, counter } = olderCursor;
  insertRow(database, "routes", { ...key, ...bridges, scanned_height, scanned_hash, counter: `${counter}` });
  insertRow(database, "routes", { ...key, deployment: "stopped", ...bridges });
  insertRow(database, "stops", { ...key, deployment: "stopped", reason: "gap", stopped_at: 4 });
  for (const height of [11, 12]) {
    insertRow(database, "final_blocks", { chain: "1", height, hash: `0xb${height}`, parent_hash: `0xb${height - 1}` });
  }
  const stop = { reason: "reorganized", evidence: '{"height":9}', stopped_at: 3 };
  insertRow(database, "chain_stops", { chain: "1", ...stop, resumed_at: 4 });
  insertRow(database, "chain_stops", { chain: "3", ...stop });
  insertRow(database, "requests", { ...key, sequence: `${requestedSequence}`, hint_height: 4, requested_at: 3 });
  insertRow(database, "collectors", { name: "main", instance: "first", seen_at: 2 });
  for (const [sequence, state] of olderPackets) insertPacket(database, sequence, state);
  if (version >= 3) archive(database);
  if (version >= 4) {
    insertRow(database, "gaps", { ...key, first: "30", last: "31", since: 8 });
    database.prepare("UPDATE routes SET rescanned_at = 7 WHERE deployment = ?").run(key.deployment);
    const settled = { packet_id: Number(archivedSequence), state: "acknowledged", settled_at: 6, queued_at: 5 };
    insertRow(database, "archive_outbox", { ...settled, collector: "main" });
  }
}

function insertPacket(database: Database.Database, sequence: bigint, state: PacketState): void {
  const { sighting, packetHash } = observation(sequence);
  insertRow(database, "packets", {
    id: Number(sequence),
    ...key,
    sequence: `${sequence}`,
    state: "observed",
    block_height: sighting.block.height,
    block_hash: sighting.block.hash,
    block_time: sighting.block.timestamp,
    transaction_hash: sighting.transactionHash,
    log_index: sighting.logIndex,
    dispatched: sighting.dispatched,
    dispatch_hash: sighting.dispatchHash,
    packet: stringifyJson(packetToWire(packet(sequence))),
    packet_hash: packetHash,
    observed_at: 1,
  });
  (ways[state] ?? []).forEach((step, index) => {
    const changed: Record<string, unknown> = { state: step, [`${step}_at`]: index + 2 };
    if (step === "screened") {
      changed.verdict_result = verdict.result;
      changed.verdict_source = verdict.source;
      changed.verdict_version = verdict.version;
      changed.verdict_at = verdict.screenedAt;
      changed.findings = "[]";
    }
    if (step === "signed") changed.attestation = stringifyJson(attestationToWire(attestation(packet(sequence))));
    if (step === "executed") changed.executed_hash = packetHash;
    const assignments = Object.keys(changed).map((column) => `${column} = @${column}`);
    database
      .prepare(`UPDATE packets SET ${assignments.join(", ")} WHERE id = @id`)
      .run({ ...changed, id: Number(sequence) });
  });
  const owed = { packet_id: Number(sequence), collector: "main", queued_at: 5 };
  if (state === "signed") {
    insertRow(database, "outbox", { ...owed, attempts: 2, next_try_at: 50, reason_code: "x", reason: "away" });
  } else if (state === "delivered" || state === "executed") {
    insertRow(database, "outbox", { ...owed, state: "acknowledged", settled_at: 6 });
  }
}

function archive(database: Database.Database): void {
  const id = Number(archivedSequence);
  const row = database.prepare<[number], Record<string, unknown>>("SELECT * FROM packets WHERE id = ?").get(id) ?? {};
  const deliveries = database.prepare("SELECT * FROM outbox WHERE packet_id = ?").all(id);
  const { sequence, block_height, dispatch_hash, signed_at, attestation: text } = row;
  insertRow(database, "archive", {
    id,
    ...key,
    sequence,
    block_height,
    dispatch_hash,
    archived_at: 9,
    content: deflateRawSync(JSON.stringify({ packet: row, deliveries })),
  });
  insertRow(database, "newest_archived", { ...key, signed_at, sequence, attestation: text });
  database.prepare("DELETE FROM outbox WHERE packet_id = ?").run(id);
  database.prepare("DELETE FROM packets WHERE id = ?").run(id);
}
