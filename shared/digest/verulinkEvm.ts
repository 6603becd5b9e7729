import { AttestorError } from "../errors/index.ts";
import { keccak256 } from "../keccak/index.ts";
import { canonicalEvmAddress, type Packet } from "../packet/index.ts";
import { check, printableAscii, unsigned } from "../schema/index.ts";
import type { DigestScheme, Hex, VerdictResult } from "./scheme.ts";

/**
 * The vote byte of Verulink's contract: `enum Vote { NULL, YEA, NAY }`. Verulink's own signing service hashes 0 for a
 * flagged packet, which the contract can never recover; the contract is what counts.
 */
const voteByte: Readonly<Record<VerdictResult, number>> = { white: 1, flagged: 2 };

/** What {@link printableAscii} lets through, without a schema's work; it says what is wrong with the rest. */
const plainText = /^[\x20-\x7e]{1,128}$/;

/** An integer's range, and the schema that says what is wrong with one outside of it. */
const width = <B extends 8 | 64 | 128>(bits: B) => ({ limit: 1n << BigInt(bits), schema: unsigned(bits) });
type Width = ReturnType<typeof width>;
const [u8, u64, u128] = [width(8), width(64), width(128)];

/** EIP-191 version 0x45 ("personal message") for a 32-byte message, which follows it. */
const personalMessage = Buffer.from("\x19Ethereum Signed Message:\n32".padEnd(60, "\0"), "latin1");
const personalMessageAt = 28;

/** The packet hash, and the vote behind it. */
const vote = new Uint8Array(33);

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
    vote.set(packetHash);
    vote[32] = voteByte[verdict];
    personalMessage.set(keccak256(vote), personalMessageAt);
    return { packetHash: hex(packetHash), digest: hex(keccak256(personalMessage)) };
  },
};

/** Written by one call after the other: nothing waits in between. The longest packet has 508 bytes. */
const packed = Buffer.alloc(512);
const packedIntegers = new DataView(packed.buffer, packed.byteOffset, packed.length);

/**
 * The packing writes no lengths. Two packets still never share their bytes, because widths and characters are checked
 * here again: the zero bytes above a u128 end the first string, and the total length gives the second.
 *
 * @returns memory that the next call writes to.
 */
function packedIncomingPacket({ version, sequence, source, destination, message, height }: Packet): Uint8Array {
  let at = 0;
  at = putInteger(at, u8, version, "version");
  at = putInteger(at, u64, sequence, "sequence");
  at = putInteger(at, u128, source.chainId, "source.chain_id");
  at = putText(at, source.address, "source.address");
  at = putInteger(at, u128, destination.chainId, "destination.chain_id");
  at = putAddress(at, destination.address, "destination.address");
  at = putText(at, message.senderAddress, "message.sender_address");
  at = putAddress(at, message.destTokenAddress, "message.dest_token_address");
  at = putInteger(at, u128, message.amount, "message.amount");
  at = putAddress(at, message.receiverAddress, "message.receiver_address");
  at = putInteger(at, u64, height, "height");
  return packed.subarray(0, at);
}

/** Each of these writes at a place and returns the one behind it. An integer takes 32 bytes, its high one first. */
function putInteger(at: number, { limit, schema }: Width, value: number | bigint, field: string): number {
  const integer = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  const isInRange = typeof integer === "bigint" && integer >= 0n && integer < limit;
  const inRange = isInRange ? integer : check(schema, String(value), field);
  packed.fill(0, at, at + 16);
  packedIntegers.setBigUint64(at + 16, inRange >> 64n);
  packedIntegers.setBigUint64(at + 24, inRange); // the low 64 bits of it
  return at + 32;
}

function putText(at: number, value: string, field: string): number {
  const text = plainText.test(value) ? value : check(printableAscii, value, field);
  return at + packed.write(text, at, "latin1");
}

function putAddress(at: number, address: string, field: string): number {
  const canonical = canonicalEvmAddress(address);
  if (canonical !== undefined) return at + packed.write(canonical.slice(2), at, 20, "hex");
  throw new AttestorError("invalid_field", {
    field,
    reason: "must be 0x and 40 hex digits, in one letter case or correct EIP-55",
  });
}

function hex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}
