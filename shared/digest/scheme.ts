import type { FieldText } from "../aleo/index.ts";
import type { ChainFamily, Packet } from "../packet/index.ts";
import type { SchemeName } from "./schemeName.ts";

export type Hex = `0x${string}`;

/** A hash as the destination chain writes it: hex on EVM chains and for what secp256k1 signs, a field element on Aleo. */
export type HashText = Hex | FieldText;

/** The result of address screening that is signed into an attestation. */
export const verdictResults = ["white", "flagged"] as const;
export type VerdictResult = (typeof verdictResults)[number];

export interface PacketDigest<Digest extends HashText = HashText> {
  /** The inner hash: names the packet alone. */
  readonly packetHash: HashText;
  /** What is signed: packet and verdict. */
  readonly digest: Digest;
}

/** A named, versioned function from (packet, verdict) to what is signed. */
export interface DigestScheme<Digest extends HashText = HashText> {
  readonly name: SchemeName;
  /** The kind of chain that verifies such a signature. */
  readonly destinationFamily: ChainFamily;
  /** The program that verifies it, where the digest names one. */
  readonly program?: string;
  /**
   * The digest is 32 bytes for an ECDSA key on secp256k1, or the field that an Aleo account signs.
   *
   * @throws AttestorError `invalid_field` if a field cannot be hashed as the target chain would.
   */
  digestOf(packet: Packet, verdict: VerdictResult): PacketDigest<Digest>;
}
