export { openSqliteStore } from "./sqlite/index.ts";
export type {
  Claims,
  Conflict,
  KnownPacket,
  PacketFilter,
  PacketRecord,
  PacketRequest,
  RecordOutcome,
  Statement,
  StatementId,
  Store,
} from "./store.ts";
