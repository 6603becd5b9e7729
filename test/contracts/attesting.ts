import { concat, getBytes, keccak256, Wallet } from "ethers";
import { type InPacket, inPacketHash } from "./packets.ts";

export const vote = { null: 0n, yea: 1n, nay: 2n } as const;

/**
 * Wallets with the private keys `firstKey`, `firstKey` + 1, …, in the ascending order of their addresses that
 * signatures must have.
 */
export function wallets(count: number, firstKey: number): Wallet[] {
  const keys = Array.from({ length: count }, (_, index) => `${firstKey + index}`.padStart(64, "0"));
  return ascending(keys.map((key) => new Wallet(`0x${key}`)));
}

export function ascending(signers: readonly Wallet[]): Wallet[] {
  return signers.toSorted((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
}

/** One signature (r ‖ s ‖ v, v 27 or 28) by ethers' own personal-message signing, not by any code under test. */
export function attest(signer: Wallet, packet: InPacket, voteByte: bigint): Promise<string> {
  const voteHash = keccak256(concat([inPacketHash(packet), new Uint8Array([Number(voteByte)])]));
  return signer.signMessage(getBytes(voteHash));
}

/** Signatures in the order given, each `[signer, vote byte]`. */
export async function signatures(packet: InPacket, ...votes: readonly [Wallet, bigint][]): Promise<string> {
  return concat(await Promise.all(votes.map(([signer, voteByte]) => attest(signer, packet, voteByte))));
}
