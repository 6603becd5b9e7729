import type { ChainFamily, Packet } from "../packet/index.ts";

export type Hex = `0x${string}`;

/** The result of address screening that is signed into an attestation. */
export const verdictResults = ["white", "flagged"] as const;
export type VerdictResult = (typeof verdictResults)[number];

export interface PacketDigest {
  /** The inner hash: names the packet alone. */
  readonly packetHash: Hex;
  /** The 32 bytes that are signed: packet and verdict. */
  readonly digest: Hex;
}

/** A named, versioned function from (packet, verdict) to the bytes that are signed. */
export interface DigestScheme {
  readonly name: SchemeName;
  /** The kind of chain that verifies such a signature. */
  readonly destinationFamily: ChainFamily;
  /** @throws AttestorError `invalid_field` if a field cannot be hashed as the target chain would. */
  digestOf(packet: Packet, verdict: VerdictResult): PacketDigest;
}

export const schemeNames = ["verulink-evm"] as const;
export type SchemeName = (typeof schemeNames)[number];
