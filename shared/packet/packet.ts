/** A place on one chain: the bridge's number for the chain (u128) and a contract's or program's address there. */
export interface ChainAddress {
  readonly chainId: bigint;
  readonly address: string;
}

/**
 * What a bridge contract dispatched (Verulink's packet). Address fields are text, byte for byte as they will be
 * hashed; which spelling a route accepts is the route rule's matter.
 */
export interface Packet {
  /** Layout version of the bridge, u8. */
  readonly version: number;
  /** Number of the packet on its route, u64, rises by one. */
  readonly sequence: bigint;
  /** The token service that sent it. */
  readonly source: ChainAddress;
  /** The token service that is to consume it. */
  readonly destination: ChainAddress;
  readonly message: {
    readonly destTokenAddress: string;
    readonly senderAddress: string;
    /** Amount in the token's smallest unit, u128. */
    readonly amount: bigint;
    readonly receiverAddress: string;
  };
  /** Block height on the source chain at dispatch, u64. */
  readonly height: bigint;
}

/** Identity of a packet on the bridge: one (source, destination, sequence) names one packet of a deployment. */
export interface PacketId {
  readonly source: bigint;
  readonly destination: bigint;
  readonly sequence: bigint;
}

export function packetIdOf(packet: Packet): PacketId {
  return { source: packet.source.chainId, destination: packet.destination.chainId, sequence: packet.sequence };
}

/** The id as people and URLs write it: `source/destination/sequence`, decimal. */
export function formatPacketId(id: PacketId): string {
  return `${id.source}/${id.destination}/${id.sequence}`;
}
