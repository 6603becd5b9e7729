import type { HashText, Hex, VerdictResult } from "../../shared/digest/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { parsePacket } from "../../shared/packet/index.ts";
import { check } from "../../shared/schema/index.ts";
import { type Attestation, attestationSchema, type Verdict } from "../../shared/wire/index.ts";
import type { RouteKey } from "../route.ts";
import type { Finding } from "../screening/index.ts";
import type { Sighting } from "../source/index.ts";
import { type PacketState, packetStates } from "./transitions.ts";

/** Why a packet waits or was refused: a code for programs, a sentence for people. */
export interface Reason {
  readonly code: string;
  readonly text: string;
}

/** What the target chain did with a packet. */
export interface Execution {
  /** Undefined where the target chain only shows that some packet of this number was consumed. */
  readonly packetHash: string | undefined;
  /** Unknown where the event was not found, or the chain has none. */
  readonly vote: VerdictResult | "null" | undefined;
}

/** One packet as stored. */
export interface StoredPacket {
  readonly id: number;
  readonly key: RouteKey;
  readonly state: PacketState;
  readonly sighting: Sighting;
  /** The scheme's inner hash; undefined where the content has a defect. */
  readonly packetHash: HashText | undefined;
  readonly verdict: Verdict | undefined;
  /** What each screening source said. */
  readonly findings: readonly Finding[];
  readonly attestation: Attestation | undefined;
  readonly execution: Execution | undefined;
  /** Height of the target chain up to which the packet is known not to be consumed. */
  readonly searchedHeight: number | undefined;
  /** Tries in this state so far. */
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly nextTryAt: number;
  readonly reason: Reason | undefined;
  /** When each state was last entered, milliseconds since 1970. */
  readonly times: Readonly<Partial<Record<PacketState, number>>>;
}

export interface ReasonColumns {
  readonly reason_code: string | null;
  readonly reason: string | null;
}

/** A row of the table `packets`; the table is STRICT, so these types hold. */
export type PacketColumns = ReasonColumns &
  Readonly<Record<`${PacketState}_at`, number | null>> & {
    readonly id: number;
    readonly deployment: string;
    readonly source: string;
    readonly destination: string;
    readonly sequence: string;
    readonly state: PacketState;
    readonly block_height: number;
    readonly block_hash: string;
    readonly block_time: number;
    readonly transaction_hash: string;
    readonly log_index: number;
    readonly dispatched: string;
    readonly dispatch_hash: Hex;
    readonly packet: string | null;
    readonly packet_hash: HashText | null;
    readonly defect: string | null;
    readonly verdict_result: VerdictResult | null;
    readonly verdict_source: string | null;
    readonly verdict_version: string | null;
    readonly verdict_at: string | null;
    readonly findings: string | null;
    readonly attestation: string | null;
    readonly executed_hash: string | null;
    readonly executed_vote: VerdictResult | "null" | null;
    readonly searched_height: number | null;
    readonly attempts: number;
    readonly next_try_at: number;
  };

/** The long texts of a row are read when they are first asked for: most steps of a packet's life need none of them. */
export function storedPacket(row: PacketColumns): StoredPacket {
  const { deployment, source, destination } = row;
  let attestation: Attestation | undefined;
  return {
    id: row.id,
    key: { deployment, source, destination },
    state: row.state,
    sighting: sightingOf(row),
    packetHash: row.packet_hash ?? undefined,
    verdict: verdictOf(row),
    findings: row.findings === null ? [] : (JSON.parse(row.findings) as Finding[]),
    get attestation() {
      if (row.attestation !== null) attestation ??= attestationOf(row.attestation);
      return attestation;
    },
    execution: executionOf(row),
    searchedHeight: row.searched_height ?? undefined,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    reason: reasonOf(row),
    times: Object.fromEntries(
      packetStates.flatMap((state) => (row[`${state}_at`] === null ? [] : [[state, row[`${state}_at`]]])),
    ),
  };
}

function sightingOf(row: PacketColumns): Sighting {
  let content: Sighting["content"] | undefined;
  return {
    sequence: BigInt(row.sequence),
    block: { height: row.block_height, hash: row.block_hash, timestamp: row.block_time },
    transactionHash: row.transaction_hash,
    logIndex: row.log_index,
    dispatched: row.dispatched,
    dispatchHash: row.dispatch_hash,
    get content() {
      content ??= row.packet === null ? { defect: row.defect ?? "" } : { packet: parsePacket(parseJson(row.packet)) };
      return content;
    },
  };
}

/** Without a hash the state alone tells that the packet was executed. */
function executionOf(row: PacketColumns): Execution | undefined {
  if (row.executed_hash === null && row.state !== "executed") return undefined;
  return { packetHash: row.executed_hash ?? undefined, vote: row.executed_vote ?? undefined };
}

function verdictOf(row: PacketColumns): Verdict | undefined {
  if (row.verdict_result === null) return undefined;
  return {
    result: row.verdict_result,
    source: row.verdict_source ?? "",
    version: row.verdict_version ?? "",
    screenedAt: row.verdict_at ?? "",
  };
}

function attestationOf(text: string): Attestation {
  return check(attestationSchema, parseJson(text), "attestation");
}

/** The reason columns of a packet or an outbox row. */
export function reasonOf(row: ReasonColumns): Reason | undefined {
  return row.reason_code === null ? undefined : { code: row.reason_code, text: row.reason ?? "" };
}
