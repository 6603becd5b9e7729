export { openPostgresStore, type PostgresSettings } from "./postgres/index.ts";
export { openSqliteStore } from "./sqlite/index.ts";
export type {
  Claims,
  Conflict,
  KnownPacket,
  OpenRequest,
  PacketRecord,
  PacketRequest,
  RecordOutcome,
  RouteKey,
  Statement,
  StatementId,
  Store,
  StoredEvent,
} from "./store.ts";
