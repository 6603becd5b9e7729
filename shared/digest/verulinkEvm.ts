import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { AttestorError } from "../errors/index.ts";
import { evmAddressBytes, type Packet } from "../packet/index.ts";
import type { DigestScheme, Hex, VerdictResult } from "./scheme.ts";

/**
 * The vote byte of Verulink's contract: `enum Vote { NULL, YEA, NAY }`. Verulink's own signing service hashes 0 for a
 * flagged packet, which the contract can never recover; the contract is what counts.
 */
const voteByte: Readonly<Record<VerdictResult, number>> = { white: 1, flagged: 2 };

/** EIP-191 version 0x45 ("personal message") for a 32-byte message. */
const personalMessagePrefix = utf8ToBytes("\x19Ethereum Signed Message:\n32");

/**
 * Verulink's digest for an EVM destination:
 * `packetHash = keccak256(abi.encodePacked(version, sequence, source.chainId, source.addr as string, dest.chainId,
 * dest.addr as 20 bytes, sender as string, destToken as 20 bytes, amount, receiver as 20 bytes, height))` with integers
 * as uint256, `digest = keccak256(prefix ‖ keccak256(packetHash ‖ vote))`.
 */
export const verulinkEvm: DigestScheme = {
  name: "verulink-evm",
  destinationFamily: "evm",
  digestOf(packet, verdict) {
    const packetHash = keccak_256(packedIncomingPacket(packet));
    const voteHash = keccak_256(concatBytes(packetHash, Uint8Array.of(voteByte[verdict])));
    const digest = keccak_256(concatBytes(personalMessagePrefix, voteHash));
    return { packetHash: hex(packetHash), digest: hex(digest) };
  },
};

function packedIncomingPacket(packet: Packet): Uint8Array {
  return concatBytes(
    uint256(BigInt(packet.version)),
    uint256(packet.sequence),
    uint256(packet.source.chainId),
    utf8ToBytes(packet.source.address),
    uint256(packet.destination.chainId),
    twentyBytes(packet.destination.address, "destination.address"),
    utf8ToBytes(packet.message.senderAddress),
    twentyBytes(packet.message.destTokenAddress, "message.dest_token_address"),
    uint256(packet.message.amount),
    twentyBytes(packet.message.receiverAddress, "message.receiver_address"),
    uint256(packet.height),
  );
}

function uint256(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  let rest = value;
  for (let index = 31; rest > 0n; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function twentyBytes(text: string, field: string): Uint8Array {
  const bytes = evmAddressBytes(text);
  if (bytes !== undefined) return bytes;
  throw new AttestorError("invalid_field", {
    field,
    reason: "must be 0x and 40 hex digits, in one letter case or correct EIP-55",
  });
}

function hex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
