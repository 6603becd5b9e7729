import { Interface, type Result, solidityPackedKeccak256 } from "ethers";
import type { Hex } from "../../../shared/digest/index.ts";
import { bridgeAbi } from "../../../shared/evm/index.ts";
import type { DispatchedFields } from "../canonicalPacket.ts";

const eventName = "PacketDispatched";
const event = new Interface(bridgeAbi).getEvent(eventName);
if (!event) throw new Error(`the bridge's ABI has no event ${eventName}`);

/** What the event's logs carry as their only topic. */
export const dispatchTopic = event.topicHash;

/**
 * The same event with its texts read as bytes (both have one ABI encoding): a text may hold anything, and the contract
 * hashes what it holds.
 */
const rawEvent = new Interface([event.format("full").replaceAll("string ", "bytes ")]);

/** A dispatched packet: its fields as the event has them, and the hash that the contract keeps of it. */
export interface DispatchedPacket {
  readonly sequence: bigint;
  readonly fields: DispatchedFields;
  /** The fields where a text is no printable ASCII: its bytes in hex instead, so that nothing is lost. */
  readonly exact: unknown;
  /** Worked out when it is first asked for. */
  readonly hash: Hex;
}

/** Decodes the data of a PacketDispatched log; undefined if it does not have the event's layout. */
export function decodeDispatched(data: string): DispatchedPacket | undefined {
  let packet: Result;
  try {
    packet = rawEvent.decodeEventLog(eventName, data)[0];
    return fromResult(packet);
  } catch {
    return undefined; // ethers throws on data that is too short, points outside or holds more than 20 bytes of address
  }
}

function fromResult(packet: Result): DispatchedPacket {
  const [version, sequence, source, destination, message, height] = packet;
  const [sender, token, amount, receiver] = message;
  const fieldsWith = <T>(text: (bytes: string) => T) => ({
    version: `${version}`,
    sequence: `${sequence}`,
    source: { chain_id: `${source[0]}`, address: `${source[1]}` },
    destination: { chain_id: `${destination[0]}`, address: text(destination[1]) },
    message: {
      dest_token_address: text(token),
      sender_address: `${sender}`,
      amount: `${amount}`,
      receiver_address: text(receiver),
    },
    height: `${height}`,
  });
  let hash: Hex | undefined;
  return {
    sequence: BigInt(sequence),
    // An empty text is no valid field either, so an unprintable one is refused by its name just the same.
    fields: fieldsWith((bytes) => printable(bytes) ?? ""),
    exact: fieldsWith((bytes) => printable(bytes) ?? { bytes }),
    get hash() {
      hash ??= outgoingHash(
        [version, sequence, source[0], source[1]],
        [destination[0], destination[1], sender, token],
        [amount, receiver, height],
      );
      return hash;
    },
  };
}

function printable(bytes: string): string | undefined {
  const text = Buffer.from(bytes.slice(2), "hex").toString("latin1");
  return /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

/**
 * What the contract's `outgoingPackets` keeps: keccak256 of the packed fields in the event's order (verulink.md, "EVM
 * side"); a text is packed as its bytes alone.
 */
function outgoingHash(...parts: readonly (readonly unknown[])[]): Hex {
  const types = ["uint256", "uint256", "uint256", "address"];
  types.push("uint256", "bytes", "address", "bytes", "uint256", "bytes", "uint256");
  return solidityPackedKeccak256(types, parts.flat()) as Hex;
}
