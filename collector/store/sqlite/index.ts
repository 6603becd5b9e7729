export { openSqliteStore } from "./openSqliteStore.ts";
