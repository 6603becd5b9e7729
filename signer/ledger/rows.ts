import type { HashText, SchemeName, SignatureText, VerdictResult } from "../../shared/digest/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { Assurance, Attestation, Custody, Sources } from "../../shared/wire/index.ts";
import type { LedgerId, Reservation } from "./ledger.ts";

/** The columns that name a row. */
export interface IdColumns {
  readonly deployment: string;
  readonly source: string;
  readonly destination: string;
  readonly sequence: string;
}

interface PacketColumns extends IdColumns {
  readonly version: number;
  readonly source_address: string;
  readonly destination_address: string;
  readonly dest_token_address: string;
  readonly sender_address: string;
  readonly amount: string;
  readonly receiver_address: string;
  readonly height: string;
}

/** What is written at reserve. */
export interface ContentColumns extends PacketColumns {
  readonly verdict: VerdictResult;
  readonly screening_source: string;
  readonly screening_version: string;
  readonly screened_at: string;
  readonly sources: Sources;
  readonly assurance: Assurance;
  readonly client: string;
  readonly scheme: SchemeName;
  readonly packet_hash: HashText;
  readonly digest: HashText;
  readonly reserved_at_ms: number;
}

/** A row as SQLite gives it; the schema's checks hold, so its texts have their forms. */
export interface Row extends ContentColumns {
  readonly state: "SIGNING" | "SIGNED";
  readonly signature: SignatureText | null;
  readonly signer: string | null;
  readonly custody: Custody | null;
  readonly released_at_ms: number | null;
}

export function idColumns(id: LedgerId): IdColumns {
  return {
    deployment: id.deployment,
    source: id.source.toString(),
    destination: id.destination.toString(),
    sequence: paddedSequence(id.sequence),
  };
}

/** 20 digits, the width of the largest u64, so that text sorts as numbers do. */
export function paddedSequence(sequence: bigint): string {
  return sequence.toString().padStart(20, "0");
}

export function contentColumns(reservation: Reservation, nowMs: number): ContentColumns {
  const { packet, verdict } = reservation;
  return {
    deployment: reservation.deployment,
    source: packet.source.chainId.toString(),
    destination: packet.destination.chainId.toString(),
    sequence: paddedSequence(packet.sequence),
    version: packet.version,
    source_address: packet.source.address,
    destination_address: packet.destination.address,
    dest_token_address: packet.message.destTokenAddress,
    sender_address: packet.message.senderAddress,
    amount: packet.message.amount.toString(),
    receiver_address: packet.message.receiverAddress,
    height: packet.height.toString(),
    verdict: verdict.result,
    screening_source: verdict.source,
    screening_version: verdict.version,
    screened_at: verdict.screenedAt,
    sources: reservation.sources,
    assurance: reservation.assurance,
    client: reservation.client,
    scheme: reservation.scheme,
    packet_hash: reservation.packetHash,
    digest: reservation.digest,
    reserved_at_ms: nowMs,
  };
}

/** The columns whose difference makes it another packet, with the names that a reader of the wire format knows. */
const packetFields: Readonly<Record<Exclude<keyof PacketColumns, keyof IdColumns> | "scheme", string>> = {
  version: "packet.version",
  source_address: "packet.source.address",
  destination_address: "packet.destination.address",
  dest_token_address: "packet.message.dest_token_address",
  sender_address: "packet.message.sender_address",
  amount: "packet.message.amount",
  receiver_address: "packet.message.receiver_address",
  height: "packet.height",
  scheme: "scheme",
};

/** The fields in which two packets of one id differ. */
export function differingFields(stored: ContentColumns, asked: ContentColumns): string[] {
  const columns = Object.keys(packetFields) as (keyof typeof packetFields)[];
  const differing = columns.filter((column) => stored[column] !== asked[column]).map((column) => packetFields[column]);
  const sameVerdict = stored.verdict === asked.verdict;
  return differing.length === 0 && sameVerdict && stored.digest !== asked.digest ? ["digest"] : differing;
}

/** The released attestation in a row, or undefined while it is SIGNING. */
export function attestationIn(row: Row): Attestation | undefined {
  if (row.signature === null || row.signer === null || row.custody === null) return undefined;
  const { client: _, ...content } = reservationIn(row);
  return { ...content, signature: row.signature, signer: row.signer, custody: row.custody };
}

/** What was reserved by a row. */
export function reservationIn(row: ContentColumns): Reservation {
  return {
    client: row.client,
    deployment: row.deployment,
    packet: packetIn(row),
    verdict: {
      result: row.verdict,
      source: row.screening_source,
      version: row.screening_version,
      screenedAt: row.screened_at,
    },
    scheme: row.scheme,
    packetHash: row.packet_hash,
    digest: row.digest,
    assurance: row.assurance,
    sources: row.sources,
  };
}

function packetIn(row: PacketColumns): Packet {
  return {
    version: row.version,
    sequence: BigInt(row.sequence),
    source: { chainId: BigInt(row.source), address: row.source_address },
    destination: { chainId: BigInt(row.destination), address: row.destination_address },
    message: {
      destTokenAddress: row.dest_token_address,
      senderAddress: row.sender_address,
      amount: BigInt(row.amount),
      receiverAddress: row.receiver_address,
    },
    height: BigInt(row.height),
  };
}
