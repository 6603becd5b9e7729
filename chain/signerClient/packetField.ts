import { packetFields } from "../../shared/packet/index.ts";

/**
 * Whether a refused field is one that every packet has, by its path in the request or in the packet. What it holds never
 * changes, so the same answer would come for ever. A path that no packet has tells of another version of the wire format.
 */
export function isPacketField(path: string): boolean {
  return packetFields.has(path.replace(/^packet\./, ""));
}
