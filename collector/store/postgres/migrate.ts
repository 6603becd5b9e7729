import pg from "pg";
import { AttestorError } from "../../../shared/errors/index.ts";
import { migrations, schemaName } from "./schema.ts";

/** Keeps two processes from migrating at once. Any number will do that nobody else uses: "HACO". */
const migrationLock = 0x48_41_43_4f;

/** {@link migrate} on a connection of its own. */
export async function migrateAt(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // the query that was under way says so
  try {
    await client.connect();
    await migrate(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Brings the tables up to date in one transaction; processes that start together take turns.
 *
 * @throws AttestorError `database_unusable` for tables of a newer program.
 */
async function migrate(client: pg.ClientBase): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schemaName}`);
    await client.query("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
    const { rows } = await client.query<{ version: number }>("SELECT version FROM schema_version");
    const version = rows[0]?.version ?? 0;
    if (version > migrations.length) {
      const reason = `its schema version ${version} is newer than this program's ${migrations.length}`;
      throw new AttestorError("database_unusable", { file: `schema ${schemaName}`, reason });
    }
    for (const migration of migrations.slice(version)) await client.query(migration);
    await client.query("DELETE FROM schema_version");
    await client.query("INSERT INTO schema_version VALUES ($1)", [migrations.length]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {}); // the connection may be what broke
    throw error;
  }
}
