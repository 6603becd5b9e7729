import { AttestorError } from "../errors/index.ts";
import { evmAddressOf, type Packet } from "../packet/index.ts";
import type { NumberType, Plaintext } from "./plaintext.ts";
import { formatAddress } from "./text.ts";

/**
 * The packet that Verulink's Aleo program keeps in its mapping `out_packets` (`OutPacket`), for an EVM destination. It has
 * exactly these members in this order and of these types; anything else is another program's packet, or another version's.
 *
 * @throws AttestorError `invalid_field` naming the packet's field.
 */
export function outPacket(value: Plaintext): Packet {
  const [version, sequence, source, destination, message, height] = members(value, "packet", [
    "version",
    "sequence",
    "source",
    "destination",
    "message",
    "height",
  ]);
  const [sourceChain, sourceAddress] = members(source, "source", ["chain_id", "addr"]);
  const [destinationChain, destinationAddress] = members(destination, "destination", ["chain_id", "addr"]);
  const [sender, token, amount, receiver] = members(message, "message", [
    "sender_address",
    "dest_token_address",
    "amount",
    "receiver_address",
  ]);
  return {
    version: Number(numberOf(version, "u8", "version")),
    sequence: numberOf(sequence, "u64", "sequence"),
    source: {
      chainId: numberOf(sourceChain, "u128", "source.chain_id"),
      address: formatAddress(numberOf(sourceAddress, "address", "source.address")),
    },
    destination: {
      chainId: numberOf(destinationChain, "u128", "destination.chain_id"),
      address: evmAddress(destinationAddress, "destination.address"),
    },
    message: {
      senderAddress: formatAddress(numberOf(sender, "address", "message.sender_address")),
      destTokenAddress: evmAddress(token, "message.dest_token_address"),
      amount: numberOf(amount, "u128", "message.amount"),
      receiverAddress: evmAddress(receiver, "message.receiver_address"),
    },
    height: numberOf(height, "u64", "height"),
  };
}

type EachPlaintext<Names extends readonly string[]> = { readonly [Index in keyof Names]: Plaintext };

function members<const Names extends readonly string[]>(
  value: Plaintext,
  field: string,
  names: Names,
): EachPlaintext<Names> {
  const isAsDeclared =
    value.kind === "struct" &&
    value.members.length === names.length &&
    value.members.every(([name], index) => name === names[index]);
  if (!isAsDeclared) throw refused(field, `must be a struct of exactly ${names.join(", ")}, in this order`);
  return value.members.map(([, member]) => member) as unknown as EachPlaintext<Names>;
}

function numberOf(value: Plaintext, type: NumberType, field: string): bigint {
  if (value.kind === "literal" && value.type === type) return value.value;
  throw refused(field, `must be of Aleo's type ${type}`);
}

const [addressBytes, paddingBytes] = [20, 12];

/** The program holds an EVM address in 32 bytes. If the first 12 were not zero, something else than an address was meant. */
function evmAddress(value: Plaintext, field: string): string {
  if (value.kind !== "list" || value.elements.length !== paddingBytes + addressBytes) {
    throw refused(field, "must be of Aleo's type [u8; 32]");
  }
  const bytes = Uint8Array.from(value.elements, (element) => Number(numberOf(element, "u8", field)));
  if (bytes.subarray(0, paddingBytes).some((byte) => byte !== 0)) {
    throw refused(field, "must be an EVM address behind 12 zero bytes, and these are not zero");
  }
  return evmAddressOf(bytes.subarray(paddingBytes));
}

function refused(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
