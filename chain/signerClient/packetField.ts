/** The fields of a packet, in Verulink's keys. */
const packetFields: ReadonlySet<string> = new Set([
  "version",
  "sequence",
  "source.chain_id",
  "source.address",
  "destination.chain_id",
  "destination.address",
  "message.sender_address",
  "message.dest_token_address",
  "message.amount",
  "message.receiver_address",
  "height",
]);

/**
 * Whether a refused field is one that every packet has, by its path in the request or in the packet. What it holds never
 * changes, so the same answer would come for ever. A path that no packet has tells of another version of the wire format.
 */
export function isPacketField(path: string): boolean {
  return packetFields.has(path.replace(/^packet\./, ""));
}
