import type { HashText, SignatureText } from "../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { type PacketId, packetToWire, parsePacket } from "../../shared/packet/index.ts";
import type { Claims, KnownPacket, OpenRequest, PacketRecord, Statement, StatementId, StoredEvent } from "./store.ts";

/** Rows as every kind of database gives them: integers of a packet id are decimal text, for they go beyond 64 bits signed. */

export interface IdColumns {
  readonly source: string;
  readonly destination: string;
  readonly sequence: string;
}

export interface PacketIdRow extends IdColumns {
  /** What the other tables name the packet id by. */
  readonly position: number;
  readonly deployment: string;
}

/** A packet id of which a content is known, with its place in lists. */
export interface ListedRow extends PacketIdRow {
  readonly listed: number;
}

export interface PacketRow {
  readonly position: number;
  readonly packet_hash: HashText;
  readonly white_digest: HashText;
  readonly flagged_digest: HashText;
  readonly content: string;
}

export interface StatementRow {
  readonly position: number;
  readonly signer: string;
  readonly digest: HashText;
  readonly signature: SignatureText;
  readonly claims: string | null;
  readonly received_at: number;
}

export interface RequestRow extends IdColumns {
  readonly position: number;
  readonly deployment: string;
  readonly height: string | null;
  readonly transaction_hash: string | null;
  readonly requested_at: number;
}

export interface EventRow extends PacketIdRow {
  readonly event: number;
  readonly signer: string;
}

export function idColumns({ source, destination, sequence }: PacketId): IdColumns {
  return { source: `${source}`, destination: `${destination}`, sequence: `${sequence}` };
}

export function statementIdOf({ deployment, source, destination, sequence }: PacketIdRow | RequestRow): StatementId {
  return { deployment, source: BigInt(source), destination: BigInt(destination), sequence: BigInt(sequence) };
}

export function packetColumns({ packet, packetHash, digests }: KnownPacket) {
  const content = stringifyJson(packetToWire(packet));
  return { packetHash, white: digests.white, flagged: digests.flagged, content };
}

export function claimsText(claims: Claims | undefined): string | null {
  return claims ? stringifyJson(claims) : null;
}

export function statementOf(id: StatementId, row: StatementRow): Statement {
  return {
    id,
    signer: row.signer,
    digest: row.digest,
    signature: row.signature,
    claims: row.claims === null ? undefined : (JSON.parse(row.claims) as Claims),
    receivedAt: row.received_at,
  };
}

/** Puts packet ids, the contents known of them and the statements about them together. */
export function recordsOf(
  ids: readonly ListedRow[],
  packets: readonly PacketRow[],
  statements: readonly StatementRow[],
): PacketRecord[] {
  const packetsAt = Map.groupBy(packets, ({ position }) => position);
  const statementsAt = Map.groupBy(statements, ({ position }) => position);
  return ids.map((row) => {
    const id = statementIdOf(row);
    return {
      id,
      position: row.listed,
      packets: (packetsAt.get(row.position) ?? []).map(knownPacketOf),
      statements: (statementsAt.get(row.position) ?? []).map((statement) => statementOf(id, statement)),
    };
  });
}

function knownPacketOf(row: PacketRow): KnownPacket {
  return {
    packet: parsePacket(parseJson(row.content)),
    packetHash: row.packet_hash,
    digests: { white: row.white_digest, flagged: row.flagged_digest },
  };
}

export function requestOf(row: RequestRow): OpenRequest {
  return {
    position: row.position,
    id: statementIdOf(row),
    height: row.height === null ? undefined : BigInt(row.height),
    transactionHash: row.transaction_hash ?? undefined,
    requestedAt: row.requested_at,
  };
}

export function eventOf(row: EventRow): StoredEvent {
  return { number: row.event, id: statementIdOf(row), signer: row.signer };
}
