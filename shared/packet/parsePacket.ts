import { z } from "zod";
import { JsonNumber } from "../json/index.ts";
import { check, printableAscii, unsigned } from "../schema/index.ts";
import type { Packet } from "./packet.ts";

const chainAddress = z.strictObject({ chain_id: unsigned(128), address: printableAscii });

const wirePacket = z.strictObject({
  version: unsigned(8),
  sequence: unsigned(64),
  source: chainAddress,
  destination: chainAddress,
  message: z.strictObject({
    dest_token_address: printableAscii,
    sender_address: printableAscii,
    amount: unsigned(128),
    receiver_address: printableAscii,
  }),
  height: unsigned(64),
});

/**
 * The packet in Verulink's JSON keys. No key more, no key
 * less: a field that we would not hash must not look as if it were covered by the signature.
 */
export const packetSchema = wirePacket.transform(
  (wire): Packet => ({
    version: Number(wire.version),
    sequence: wire.sequence,
    source: { chainId: wire.source.chain_id, address: wire.source.address },
    destination: { chainId: wire.destination.chain_id, address: wire.destination.address },
    message: {
      destTokenAddress: wire.message.dest_token_address,
      senderAddress: wire.message.sender_address,
      amount: wire.message.amount,
      receiverAddress: wire.message.receiver_address,
    },
    height: wire.height,
  }),
);

/** Paths of the fields that every packet has, such as `message.amount`. */
export const packetFields: ReadonlySet<string> = new Set(fieldsOf(wirePacket));

function fieldsOf(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([key, field]) =>
    field instanceof z.ZodObject ? fieldsOf(field).map((below) => `${key}.${below}`) : [key],
  );
}

/**
 * Reads a packet from parsed JSON (numbers as {@link JsonNumber} or decimal strings).
 *
 * @throws AttestorError `invalid_field` naming the field.
 */
export function parsePacket(value: unknown): Packet {
  return check(packetSchema, value, "packet");
}

/** The packet in Verulink's JSON keys, as plain data for `stringifyJson`; integers beyond u8 as decimal strings. */
export function packetToWire(packet: Packet): Record<string, unknown> {
  return wireWith(packet, (integer) => integer.toString());
}

/** As {@link packetToWire}, with every integer as an exact JSON number, which is how Verulink's own services write it. */
export function packetToVerulinkWire(packet: Packet): Record<string, unknown> {
  return wireWith(packet, (integer) => new JsonNumber(integer.toString()));
}

function wireWith(packet: Packet, integer: (value: bigint) => unknown): Record<string, unknown> {
  return {
    version: packet.version,
    sequence: integer(packet.sequence),
    source: { chain_id: integer(packet.source.chainId), address: packet.source.address },
    destination: { chain_id: integer(packet.destination.chainId), address: packet.destination.address },
    message: {
      dest_token_address: packet.message.destTokenAddress,
      sender_address: packet.message.senderAddress,
      amount: integer(packet.message.amount),
      receiver_address: packet.message.receiverAddress,
    },
    height: integer(packet.height),
  };
}
