import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { AttestorError } from "../errors/index.ts";
import { keccak256 } from "../keccak/index.ts";
import { evmAddressBytes, type Packet } from "../packet/index.ts";
import { check, printableAscii, unsigned } from "../schema/index.ts";
import type { DigestScheme, Hex, VerdictResult } from "./scheme.ts";

/**
 * The vote byte of Verulink's contract: `enum Vote { NULL, YEA, NAY }`. Verulink's own signing service hashes 0 for a
 * flagged packet, which the contract can never recover; the contract is what counts.
 */
const voteByte: Readonly<Record<VerdictResult, number>> = { white: 1, flagged: 2 };

/** An integer's range, and the schema that says what is wrong with one outside of it. */
const width = <B extends 8 | 64 | 128>(bits: B) => ({ limit: 1n << BigInt(bits), schema: unsigned(bits) });
type Width = ReturnType<typeof width>;
const [u8, u64, u128] = [width(8), width(64), width(128)];

/** EIP-191 version 0x45 ("personal message") for a 32-byte message. */
const personalMessagePrefix = utf8ToBytes("\x19Ethereum Signed Message:\n32");

/**
 * Verulink's digest for an EVM destination:
 * `packetHash = keccak256(abi.encodePacked(version, sequence, source.chainId, source.addr as string, dest.chainId,
 * dest.addr as 20 bytes, sender as string, destToken as 20 bytes, amount, receiver as 20 bytes, height))` with integers
 * as uint256, `digest = keccak256(prefix ‖ keccak256(packetHash ‖ vote))`.
 */
export const verulinkEvm: DigestScheme<Hex> = {
  name: "verulink-evm",
  destinationFamily: "evm",
  digestOf(packet, verdict) {
    const packetHash = keccak256(packedIncomingPacket(packet));
    const voteHash = keccak256(concatBytes(packetHash, Uint8Array.of(voteByte[verdict])));
    const digest = keccak256(concatBytes(personalMessagePrefix, voteHash));
    return { packetHash: hex(packetHash), digest: hex(digest) };
  },
};

/**
 * The packing writes no lengths. Two packets still never share their bytes, because widths and characters are checked
 * here again: the zero bytes above a u128 end the first string, and the total length gives the second.
 */
function packedIncomingPacket({ version, sequence, source, destination, message, height }: Packet): Uint8Array {
  return concatBytes(
    uint256(u8, version, "version"),
    uint256(u64, sequence, "sequence"),
    uint256(u128, source.chainId, "source.chain_id"),
    text(source.address, "source.address"),
    uint256(u128, destination.chainId, "destination.chain_id"),
    twentyBytes(destination.address, "destination.address"),
    text(message.senderAddress, "message.sender_address"),
    twentyBytes(message.destTokenAddress, "message.dest_token_address"),
    uint256(u128, message.amount, "message.amount"),
    twentyBytes(message.receiverAddress, "message.receiver_address"),
    uint256(u64, height, "height"),
  );
}

function uint256({ limit, schema }: Width, value: number | bigint, field: string): Uint8Array {
  const isInRange = typeof value === "bigint" && value >= 0n && value < limit;
  const inRange = isInRange ? value : check(schema, String(value), field);
  return hexToBytes(inRange.toString(16).padStart(64, "0"));
}

function text(value: string, field: string): Uint8Array {
  return utf8ToBytes(check(printableAscii, value, field));
}

function twentyBytes(address: string, field: string): Uint8Array {
  const bytes = evmAddressBytes(address);
  if (bytes !== undefined) return bytes;
  throw new AttestorError("invalid_field", {
    field,
    reason: "must be 0x and 40 hex digits, in one letter case or correct EIP-55",
  });
}

function hex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
