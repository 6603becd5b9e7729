export type { KeptBlock } from "./chainTable.ts";
export type { Delivery } from "./outboxTable.ts";
export type { Execution, Reason, StoredPacket } from "./packetRow.ts";
export type { Observation } from "./packetTable.ts";
export type { PacketRequest } from "./requestTable.ts";
export type { Cursor } from "./routeTable.ts";
export { chainDatabase } from "./schema.ts";
export { openStore, type RangeResult, type Store } from "./store.ts";
export { type PacketState, packetStates, transitions } from "./transitions.ts";
