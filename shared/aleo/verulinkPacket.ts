import { AttestorError } from "../errors/index.ts";
import { evmAddressBytes, type Packet } from "../packet/index.ts";
import { check, unsigned } from "../schema/index.ts";
import { boolean, byteList, type List, type Literal, number, type Struct, struct } from "./plaintext.ts";
import { parseAddress, parseField } from "./text.ts";

/**
 * An incoming packet as Verulink's Aleo program holds it (`InPacket`): names, order and types are part of its hash.
 *
 * @throws AttestorError `invalid_field` if a field cannot be what the program would hold.
 */
export function inPacket({ version, sequence, source, destination, message, height }: Packet): Struct {
  return struct(
    ["version", integer("u8", version, "version")],
    ["sequence", integer("u64", sequence, "sequence")],
    [
      "source",
      struct(
        ["chain_id", integer("u128", source.chainId, "source.chain_id")],
        ["addr", evmAddress(source.address, "source.address")],
      ),
    ],
    [
      "destination",
      struct(
        ["chain_id", integer("u128", destination.chainId, "destination.chain_id")],
        ["addr", address(destination.address, "destination.address")],
      ),
    ],
    [
      "message",
      struct(
        ["sender_address", evmAddress(message.senderAddress, "message.sender_address")],
        ["dest_token_id", number("field", parseField(message.destTokenAddress, "message.dest_token_address"))],
        ["amount", integer("u128", message.amount, "message.amount")],
        ["receiver_address", address(message.receiverAddress, "message.receiver_address")],
      ),
    ],
    ["height", integer("u64", height, "height")],
  );
}

/** What attestors of an Aleo destination vouch for (`InPacketWithScreening`). */
export function screenedPacket(packetHash: bigint, screeningPassed: boolean): Struct {
  return struct(["packet_hash", number("field", packetHash)], ["screening_passed", boolean(screeningPassed)]);
}

const integers = { u8: unsigned(8), u64: unsigned(64), u128: unsigned(128) };

function integer(type: keyof typeof integers, value: number | bigint, field: string): Literal {
  return number(type, check(integers[type], String(value), field));
}

function address(text: string, field: string): Literal {
  return number("address", parseAddress(text, field));
}

/** An EVM address as the program holds it: 32 bytes, of which the first 12 are zero. */
function evmAddress(text: string, field: string): List {
  const bytes = evmAddressBytes(text);
  if (bytes !== undefined) return byteList(Uint8Array.of(...new Uint8Array(12), ...bytes));
  const reason = "must be 0x and 40 hex digits, in one letter case or correct EIP-55";
  throw new AttestorError("invalid_field", { field, reason });
}
