export { openPostgresStore, type PostgresSettings } from "./openPostgresStore.ts";
