export { openPostgresStore, type PostgresSettings } from "./postgres/index.ts";
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
  StoredEvent,
} from "./store.ts";
