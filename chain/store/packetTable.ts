import type { HashText } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { packetToWire } from "../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { type Attestation, attestationToWire, type Verdict } from "../../shared/wire/index.ts";
import type { RouteKey } from "../route.ts";
import type { Finding } from "../screening/index.ts";
import type { Sighting } from "../source/index.ts";
import { type Execution, type PacketColumns, type Reason, type StoredPacket, storedPacket } from "./packetRow.ts";
import { type PacketState, transitions } from "./transitions.ts";

/** A sighting with the scheme's inner hash of its packet, where it has one. */
export interface Observation {
  readonly sighting: Sighting;
  readonly packetHash: HashText | undefined;
}

/** What a transition writes besides the state. */
export interface Change {
  /** Only where none is set yet: a verdict is given once. */
  readonly verdict?: Verdict;
  readonly findings?: readonly Finding[];
  readonly attestation?: Attestation;
  readonly execution?: Execution;
  readonly reason?: Reason;
  /** Whether the packet may wait for the route's shorter time. */
  readonly instant?: boolean;
  /** Default: at once. */
  readonly nextTryAt?: number;
}

export interface PacketTable {
  find(key: RouteKey, sequence: bigint): StoredPacket | undefined;
  /** @param requestedAt when it was asked for, milliseconds since 1970; undefined where nobody had to ask. */
  insert(key: RouteKey, observation: Observation, now: number, requestedAt: number | undefined): void;
  /** Brings an orphaned packet back with the content of where it is seen now. */
  returnObserved(id: number, observation: Observation, now: number): void;
  /** @throws AttestorError `internal` if the transition is not legal or the packet is no longer in `packet.state`. */
  move(packet: Pick<StoredPacket, "id" | "state">, to: PacketState, now: number, change?: Change): void;
  /**
   * Turns white into flagged, once, before anything is signed: the signer's own list has the packet. Wanted at once.
   *
   * @throws if the packet is not waiting for its signature with the verdict white.
   */
  flag(packet: StoredPacket, verdict: Verdict, findings: readonly Finding[]): void;
  /** Takes back that a packet may wait less. */
  waitInFull(id: number): void;
  /** Leaves the state, records why and when to try again. */
  postpone(id: number, reason: Reason | undefined, nextTryAt: number): void;
  /** Records that the target chain had not consumed the packet up to `height`. */
  recordNotConsumed(id: number, height: number, nextTryAt: number): void;
  /** Records what the target chain did where that is not what we attested: the state stays. */
  recordOtherExecution(id: number, execution: Execution, reason: Reason): void;
}

const contentColumns = `block_height = @blockHeight, block_hash = @blockHash, block_time = @blockTime,
  transaction_hash = @transactionHash, log_index = @logIndex, dispatched = @dispatched,
  dispatch_hash = @dispatchHash, packet = @packet, packet_hash = @packetHash, defect = @defect`;

export function createPacketTable(database: SqliteDatabase): PacketTable {
  const find = database.prepare<[RouteKey & { sequence: string }], PacketColumns>(
    `SELECT * FROM packets
     WHERE deployment = @deployment AND source = @source AND destination = @destination AND sequence = @sequence`,
  );
  const insert = database.prepare(
    `INSERT INTO packets (deployment, source, destination, sequence, state, block_height, block_hash, block_time,
       transaction_hash, log_index, dispatched, dispatch_hash, packet, packet_hash, defect, requested_at,
       observed_at)
     VALUES (@deployment, @source, @destination, @sequence, 'observed', @blockHeight, @blockHash, @blockTime,
       @transactionHash, @logIndex, @dispatched, @dispatchHash, @packet, @packetHash, @defect, @requestedAt,
       @now)`,
  );
  const returnObserved = database.prepare(
    `UPDATE packets SET state = 'observed', observed_at = @now, reason_code = NULL, reason = NULL, ${contentColumns}
     WHERE id = @id AND state = 'orphaned'`,
  );
  const flag = database.prepare(
    `UPDATE packets SET verdict_result = @result, verdict_source = @source, verdict_version = @version,
       verdict_at = @screenedAt, findings = @findings, attempts = 0, next_try_at = 0, reason_code = NULL, reason = NULL
     WHERE id = @id AND state IN ('screened', 'held') AND verdict_result = 'white'`,
  );
  const waitInFull = database.prepare("UPDATE packets SET instant = 0 WHERE id = ?");
  const postpone = database.prepare(
    `UPDATE packets SET attempts = attempts + 1, next_try_at = @nextTryAt, reason_code = @code, reason = @text
     WHERE id = @id`,
  );
  const notConsumed = database.prepare(
    `UPDATE packets SET searched_height = @height, attempts = attempts + 1, next_try_at = @nextTryAt,
       reason_code = NULL, reason = NULL WHERE id = @id`,
  );
  const otherExecution = database.prepare(
    `UPDATE packets SET executed_hash = @hash, executed_vote = @vote, reason_code = @code, reason = @text
     WHERE id = @id`,
  );
  const updates = new Map<string, ReturnType<typeof database.prepare>>();
  /** There are as many of them as there are kinds of transitions. */
  const prepared = (sql: string) => {
    const statement = updates.get(sql) ?? database.prepare(sql);
    updates.set(sql, statement);
    return statement;
  };
  return {
    find(key, sequence) {
      const row = find.get({ ...key, sequence: sequence.toString() });
      return row && storedPacket(row);
    },
    insert(key, observation, now, requestedAt) {
      const sequence = observation.sighting.sequence.toString();
      insert.run({ ...key, sequence, ...content(observation), requestedAt: requestedAt ?? null, now });
    },
    returnObserved(id, observation, now) {
      expectOne(returnObserved.run({ id, now, ...content(observation) }).changes);
    },
    move(packet, to, now, change = {}) {
      if (!transitions[packet.state].includes(to)) {
        throw new AttestorError("internal", { reason: `a packet can't go from ${packet.state} to ${to}` });
      }
      const changed = changedColumns(change);
      const assignments = Object.keys(changed).map((column) => `${column} = @${column}`);
      const update = prepared(
        `UPDATE packets SET state = @to, ${to}_at = @now, attempts = 0, ${assignments.join(", ")}
         WHERE id = @id AND state = @from`,
      );
      expectOne(update.run({ id: packet.id, from: packet.state, to, now, ...changed }).changes);
    },
    flag({ id }, verdict, findings) {
      expectOne(flag.run({ id, ...verdict, findings: JSON.stringify(findings) }).changes);
    },
    waitInFull: (id) => void waitInFull.run(id),
    postpone(id, reason, nextTryAt) {
      postpone.run({ id, nextTryAt, code: reason?.code ?? null, text: reason?.text ?? null });
    },
    recordNotConsumed: (id, height, nextTryAt) => void notConsumed.run({ id, height, nextTryAt }),
    recordOtherExecution(id, { packetHash, vote }, { code, text }) {
      otherExecution.run({ id, hash: packetHash ?? null, vote: vote ?? null, code, text });
    },
  };
}

/** A transition that changes no row means that two steps worked on one packet. */
function expectOne(changes: number): void {
  if (changes !== 1) throw new AttestorError("internal", { reason: "a packet changed its state meanwhile" });
}

function content({ sighting, packetHash }: Observation) {
  const { block, content } = sighting;
  return {
    blockHeight: block.height,
    blockHash: block.hash,
    blockTime: block.timestamp,
    transactionHash: sighting.transactionHash,
    logIndex: sighting.logIndex,
    dispatched: sighting.dispatched,
    dispatchHash: sighting.dispatchHash,
    packet: "packet" in content ? stringifyJson(packetToWire(content.packet)) : null,
    packetHash: packetHash ?? null,
    defect: "defect" in content ? content.defect : null,
  };
}

function changedColumns({ verdict, findings, attestation, execution, reason, instant, nextTryAt }: Change) {
  return {
    next_try_at: nextTryAt ?? 0,
    reason_code: reason?.code ?? null,
    reason: reason?.text ?? null,
    ...(verdict && {
      verdict_result: verdict.result,
      verdict_source: verdict.source,
      verdict_version: verdict.version,
      verdict_at: verdict.screenedAt,
    }),
    ...(instant !== undefined && { instant: instant ? 1 : 0 }),
    ...(findings && { findings: JSON.stringify(findings) }),
    ...(attestation && { attestation: stringifyJson(attestationToWire(attestation)) }),
    ...(execution && { executed_hash: execution.packetHash ?? null, executed_vote: execution.vote ?? null }),
  };
}
