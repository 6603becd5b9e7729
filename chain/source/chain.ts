import type { Hex, VerdictResult } from "../../shared/digest/index.ts";
import type { ChainFamily, Packet } from "../../shared/packet/index.ts";

/** A block, as far as we care. */
export interface BlockRef {
  readonly height: number;
  readonly hash: string;
  /** The block's own time, Unix seconds. */
  readonly timestamp: number;
}

/** A block with its place in the chain. */
export interface Block extends BlockRef {
  readonly parentHash: string;
}

export interface Heads {
  /** The newest block that a quorum knows; it may still change. */
  readonly latest: { readonly height: number };
  /** The newest block that counts as final by the chain's configuration. */
  readonly final: Block;
}

/**
 * One packet as an event on the source chain shows it. The event's own text is kept, because the contract's hash covers
 * it; the packet that is signed has the canonical spelling.
 */
export interface Sighting {
  /** As dispatched, also where it is too large for a packet. */
  readonly sequence: bigint;
  readonly block: BlockRef;
  /** Empty on a chain whose state does not tell it. */
  readonly transactionHash: string;
  /** Position of the event in its block; 0 where packets are no events. */
  readonly logIndex: number;
  /** JSON of the event's fields, nothing left out or changed; the layout is the chain family's own. */
  readonly dispatched: string;
  /**
   * What the contract's own record of the packet must be, computed from the dispatched fields; where the record is the
   * packet itself, SHA-256 of `dispatched`.
   */
  readonly dispatchHash: Hex;
  /** The canonical packet, or why there can be none: the first field that no packet can carry. */
  readonly content: { readonly packet: Packet } | { readonly defect: string };
}

/**
 * What a number is that the contract counted and nobody shows, where only its packet tells its block (Aleo): `count` takes it
 * as one of the newest blocks', so that it is a gap there; `fail` refuses to tell, because what the count is a beginning for
 * would begin behind it.
 */
export type HiddenPackets = "count" | "fail";

/**
 * The bridge contract that dispatches a route's packets. Methods throw AttestorError `rpc_unreachable`,
 * `rpc_answer_unusable` or `rpc_no_quorum`, and `contract_mismatch` where the contract is not the one that the route means.
 */
export interface PacketSource {
  /** Looks whether the contract is there at that height and sends to the route's destination. */
  check(height: number): Promise<void>;
  /**
   * Number of the newest packet dispatched up to a block; 0 where the contract is younger than the block. A number that the
   * contract counted and nobody shows counts too, unless `hidden` says otherwise.
   */
  counterAt(height: number, hidden?: HiddenPackets): Promise<bigint>;
  /** Every packet that is shown in the blocks `from` to `to` (both included), in chain order. */
  dispatchedIn(from: number, to: number): Promise<Sighting[]>;
  /**
   * Reads a packet again from receipt, block and the contract's record as of block `finalHeight`.
   *
   * @returns what is different now, or undefined if nothing is.
   */
  differenceNow(sighting: Sighting, finalHeight: number): Promise<string | undefined>;
}

/** What a target chain's record says of a number that was consumed. */
export interface Consumption {
  /** The consumed packet's hash; undefined where the record only says that there was one. */
  readonly packetHash: string | undefined;
}

/** The bridge contract that consumes a route's packets. Throws as {@link PacketSource}. */
export interface PacketTarget {
  /** Looks whether the contract is there at that height and takes packets from the route's source. */
  check(height: number): Promise<void>;
  /** What was consumed under this number up to a block; undefined if nothing was. */
  consumed(sequence: bigint, height: number): Promise<Consumption | undefined>;
  /** What the packet came to, searched in the blocks `from` to `to`; undefined too where the chain does not tell. */
  consumedVote(sequence: bigint, from: number, to: number): Promise<VerdictResult | "null" | undefined>;
}

/** How one provider does. Heights are those that it claims. */
export interface ProviderState {
  readonly label: string;
  /** Put aside by the operator: not asked, and still counted. */
  readonly aside: boolean;
  /** Why its last answer was of no use; undefined if it was. */
  readonly fault: string | undefined;
  readonly latestHeight: number | undefined;
  readonly finalHeight: number | undefined;
  /** How often it said otherwise than the others since the start. */
  readonly disputes: number;
  /** Whether its WebSocket announces new blocks; undefined where it has none. */
  readonly announces: boolean | undefined;
}

/** One chain, seen through a quorum of its providers. */
export interface Chain {
  readonly name: string;
  /** @throws AttestorError `rpc_wrong_chain` if the quorum serves another chain. */
  probe(): Promise<void>;
  heads(): Promise<Heads>;
  /** The block of the canonical chain at that height, undefined where there is none yet. */
  block(height: number): Promise<Block | undefined>;
  /**
   * Calls a contract's view function at a height.
   *
   * @returns the answer's bytes as hex, `0x` where the address has no code.
   * @throws AttestorError as {@link PacketSource}.
   */
  call(to: string, data: string, height: number): Promise<string>;
  packetSource(route: {
    readonly bridge: string;
    readonly destination: { readonly chainId: bigint; readonly family: ChainFamily };
  }): PacketSource;
  packetTarget(route: { readonly bridge: string; readonly sourceChainId: bigint }): PacketTarget;
  providers(): readonly ProviderState[];
  /**
   * Opens the WebSockets that the configuration names. `hint` is called when one of them says that there is a new block,
   * true or not: a reason to look sooner, and to believe nothing.
   */
  announceHeads(hint: () => void): void;
  close(): void;
}

/** One exchange with a provider. */
export interface Exchange {
  readonly chain: string;
  readonly provider: string;
  readonly outcome: "answered" | "unreachable" | "unusable";
  readonly reason?: string;
  readonly seconds: number;
}

/** Providers gave different answers about one thing that cannot change any more. */
export interface Dispute {
  readonly chain: string;
  /** The method, and what it was asked with. */
  readonly question: string;
  readonly parameters: unknown;
  /** The block that was asked about, where it was about one. */
  readonly height: number | undefined;
  /** Who said what, the answer of most providers first. */
  readonly sides: readonly { readonly text: string; readonly providers: readonly string[] }[];
  /** What a quorum said, where there was one. */
  readonly agreed: string | undefined;
  /** Labels of those who said otherwise than the quorum; of all who answered where there was none. */
  readonly dissenting: readonly string[];
}

/** Told about everything that happens with providers, for health, metrics and evidence. */
export interface ChainObserver {
  exchange(exchange: Exchange): void;
  dispute(dispute: Dispute): void;
  /** A question that no quorum answered. */
  quorumFailure(question: { readonly chain: string }): void;
}
