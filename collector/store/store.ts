import type { HashText, SignatureText, VerdictResult } from "../../shared/digest/index.ts";
import type { Packet, PacketId, Stretch } from "../../shared/packet/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";

/** A packet id within one deployment: what an attestor may make one statement about. */
export interface StatementId extends PacketId {
  readonly deployment: string;
}

/** What an attestor says about its statement without signing it. */
export type Claims = Pick<Attestation, "verdict" | "assurance" | "custody" | "sources">;

/** What one attestor signed about one packet id. Signature and signer have been verified. */
export interface Statement {
  readonly id: StatementId;
  /** EIP-55. */
  readonly signer: string;
  /** The bytes that are signed; they stand for one packet content with one verdict. */
  readonly digest: HashText;
  /** 65 bytes r ‖ s ‖ v, low s, v 27 or 28. */
  readonly signature: SignatureText;
  /** Absent where only digest and signature were handed in. */
  readonly claims: Claims | undefined;
  /** Milliseconds since 1970, UTC. */
  readonly receivedAt: number;
}

/** A packet content that a registered attestor signed, with the digest of each verdict about it. */
export interface KnownPacket {
  readonly packet: Packet;
  readonly packetHash: HashText;
  readonly digests: Readonly<Record<VerdictResult, HashText>>;
}

/** Everything that is known about one packet id. */
export interface PacketRecord {
  readonly id: StatementId;
  /**
   * Place in the order in which a first content was stored of each packet id, from 1; rises, with holes. Whoever has seen
   * one has seen, or can read, all lower ones.
   */
  readonly position: number;
  /** In the order of arrival. More than one if attestors contradict each other about the content. */
  readonly packets: readonly KnownPacket[];
  /** One a signer. A statement whose digest no known packet has waits for its packet. */
  readonly statements: readonly Statement[];
}

/** A second statement of an attestor about a packet id, and the first, which differs and stays. */
export interface Conflict {
  readonly first: Statement;
  readonly second: Statement;
}

/** One direction of one deployment. */
export type RouteKey = Omit<StatementId, "sequence">;

/** A packet that the council asks attestors for. */
export interface PacketRequest {
  readonly id: StatementId;
  /** Where the packet is said to be on the source chain; attestors look for themselves. */
  readonly height: bigint | undefined;
  readonly transactionHash: string | undefined;
  /** Milliseconds since 1970, UTC. */
  readonly requestedAt: number;
}

/** One that an attestor has not answered. */
export interface OpenRequest extends PacketRequest {
  /** Place in the order in which requests came, from 1; rises, with holes. */
  readonly position: number;
}

/** A statement that was stored or completed, in the order in which that happened. */
export interface StoredEvent {
  /** From 1; rises, with holes. Whoever has seen a number has seen, or can read, all lower ones. */
  readonly number: number;
  readonly id: StatementId;
  readonly signer: string;
}

/** What became of a statement that was handed in. */
export type RecordOutcome = "stored" | "duplicate" | "conflict";

/**
 * Where the collector keeps what attestors hand in. Every promise of a write resolves only when it is on disk, and a
 * write is one transaction: all of it or nothing.
 */
export interface Store {
  /** Name of this store for as long as its data lives; another store, also an empty one in its place, has another. */
  readonly instance: string;
  /**
   * Keeps a statement, and the packet content that it is about where that is known. Statements that differ only in what
   * is not signed, or in the signature's own randomness, are the same.
   *
   * @returns `stored` if there was something new in it; `duplicate` if not; `conflict` if this attestor has signed
   * something else about this packet id: the first statement stays as it is, and the first such second is kept beside it.
   */
  record(statement: Statement, packet?: KnownPacket): Promise<RecordOutcome>;
  /** What is known about a packet id, one record a deployment; only where at least one content is known. */
  find(id: PacketId, deployment?: string): Promise<PacketRecord[]>;
  /** What this attestor signed about a packet id, also where its content is not known. */
  statement(id: StatementId, signer: string): Promise<Statement | undefined>;
  /**
   * Records of these routes after a position (0 for the start), in the order of positions; only where at least one content
   * is known. Reads at most `limit` packet ids a route, however many there are.
   */
  list(routes: readonly RouteKey[], after: number, limit: number): Promise<PacketRecord[]>;
  /** Keeps a request. @returns false if the packet was asked for before: the first hints stay. */
  request(request: PacketRequest): Promise<boolean>;
  /**
   * Requests about one route and these sequences that this attestor has made no statement about, after a position (0 for
   * the start), the oldest first.
   */
  openRequests(route: RouteKey, signer: string, stretch: Stretch, after: number, limit: number): Promise<OpenRequest[]>;
  /** All conflicts on record, in the order of arrival. */
  conflicts(): Promise<Conflict[]>;
  /** What was stored after an event, the oldest first; a statement that was completed later stands at its later place. */
  events(after: number, limit: number): Promise<StoredEvent[]>;
  /** Number of the newest event; 0 where there is none. */
  newestEvent(): Promise<number>;
  /**
   * Calls back soon after something was stored, by whichever process, and sometimes without cause.
   *
   * @returns what ends that.
   */
  onStored(listener: () => void): () => void;
  /** Why the data cannot be reached now, for a person; undefined if it can, as far as known. */
  fault(): string | undefined;
  close(): Promise<void>;
}
