import type { Hex, VerdictResult } from "../../shared/digest/index.ts";
import type { ChainFamily, Packet } from "../../shared/packet/index.ts";

/** A block, as far as we care. */
export interface BlockRef {
  readonly height: number;
  readonly hash: string;
  /** The block's own time, Unix seconds. */
  readonly timestamp: number;
}

export interface Heads {
  readonly latest: BlockRef;
  /** The newest block that counts as final by the chain's configuration. */
  readonly final: BlockRef;
}

/**
 * One packet as an event on the source chain shows it. The event's own text is kept, because the contract's hash covers
 * it; the packet that is signed has the canonical spelling.
 */
export interface Sighting {
  /** As dispatched, also where it is too large for a packet. */
  readonly sequence: bigint;
  readonly block: BlockRef;
  readonly transactionHash: string;
  /** Position of the event in its block. */
  readonly logIndex: number;
  /** JSON of the event's fields, nothing left out or changed; the layout is the chain family's own. */
  readonly dispatched: string;
  /** What the contract's own record of the packet must be, computed from the dispatched fields. */
  readonly dispatchHash: Hex;
  /** The canonical packet, or why there can be none: the first field that no packet can carry. */
  readonly content: { readonly packet: Packet } | { readonly defect: string };
}

/**
 * The bridge contract that dispatches a route's packets. Methods throw AttestorError `rpc_unreachable` or
 * `rpc_answer_unusable`, and `contract_mismatch` where the contract is not the one that the route means.
 */
export interface PacketSource {
  /** Looks whether the contract is there and sends to the route's destination. */
  check(): Promise<void>;
  /** Number of the newest packet dispatched up to a block; 0 where the contract is younger than the block. */
  counterAt(height: number): Promise<bigint>;
  /** Every packet dispatched in the blocks `from` to `to` (both included), in chain order. */
  dispatchedIn(from: number, to: number): Promise<Sighting[]>;
  /**
   * Reads a packet again from receipt, block and the contract's record as of block `finalHeight`.
   *
   * @returns what is different now, or undefined if nothing is.
   */
  differenceNow(sighting: Sighting, finalHeight: number): Promise<string | undefined>;
}

/** The bridge contract that consumes a route's packets. Throws as {@link PacketSource}. */
export interface PacketTarget {
  /** Looks whether the contract is there and takes packets from the route's source. */
  check(): Promise<void>;
  /** Hash of the packet that was consumed under this number up to a block. */
  consumedHash(sequence: bigint, height: number): Promise<Hex | undefined>;
  /** What the packet came to, searched in the blocks `from` to `to`. */
  consumedVote(sequence: bigint, from: number, to: number): Promise<VerdictResult | "null" | undefined>;
}

/** One chain, seen through its provider. */
export interface Chain {
  readonly name: string;
  /** @throws AttestorError `rpc_wrong_chain` if the provider serves another chain. */
  probe(): Promise<void>;
  heads(): Promise<Heads>;
  /** The block of the canonical chain at that height, undefined where the provider has none yet. */
  block(height: number): Promise<BlockRef | undefined>;
  packetSource(route: {
    readonly bridge: string;
    readonly destination: { readonly chainId: bigint; readonly family: ChainFamily };
  }): PacketSource;
  packetTarget(route: { readonly bridge: string; readonly sourceChainId: bigint }): PacketTarget;
  close(): void;
}

/** Told about every exchange with a provider, for health and metrics. */
export type ProviderObserver = (exchange: {
  readonly chain: string;
  readonly provider: string;
  readonly outcome: "answered" | "unreachable" | "unusable";
  readonly reason?: string;
  readonly seconds: number;
}) => void;
