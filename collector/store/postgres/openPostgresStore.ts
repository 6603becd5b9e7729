import pg from "pg";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { idColumns } from "../rows.ts";
import type { Store } from "../store.ts";
import { clientConfig, isAnswer, migrationConfig, type PostgresSettings, unreachable } from "./connect.ts";
import { createHearing } from "./hearing.ts";
import { migrateAt } from "./migrate.ts";
import { createReading } from "./reading.ts";
import { isKnown, record } from "./record.ts";

export type { PostgresSettings } from "./connect.ts";

/**
 * A store in a PostgreSQL database, which any number of processes may share. Its tables are made if missing, in a schema
 * of their own.
 *
 * @throws AttestorError `failed` if the database does not answer, `database_unusable`.
 */
export async function openPostgresStore(settings: PostgresSettings): Promise<Store> {
  const config = clientConfig(settings);
  const pool = new pg.Pool({ ...config, max: Math.max(1, settings.connections - 1) });
  let fault: string | undefined;
  pool.on("error", () => {}); // an idle connection broke; the next query makes another and says how it went

  /** Runs some work, and notes whether the database answered. */
  async function noted<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      fault = undefined;
      return result;
    } catch (error) {
      if (isAttestorError(error)) throw error;
      const failed = unreachable(error);
      fault = isAnswer(error) ? undefined : failed.message;
      throw failed;
    }
  }

  function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return noted(async () => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query("BEGIN");
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch((second: Error) => {
          broken = second;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    });
  }

  const query = <R extends pg.QueryResultRow>(text: string, values: readonly unknown[]) =>
    noted(async () => (await pool.query<R>(text, [...values])).rows);

  try {
    await noted(() => migrateAt(migrationConfig(config)));
    const [row] = await query<{ id: string }>("SELECT id FROM instance", []);
    if (!row) throw new Error("the store has no instance id");
    const hearing = createHearing(config);
    return {
      instance: row.id,
      async record(statement, packet) {
        if (await noted(() => isKnown(pool, statement))) return "duplicate";
        return inTransaction((client) => record(client, statement, packet));
      },
      async request({ id, height, transactionHash, requestedAt }) {
        const { source, destination, sequence } = idColumns(id);
        const added = await query(
          `INSERT INTO request (deployment, source, destination, sequence, height, transaction_hash, requested_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING position`,
          [
            id.deployment,
            source,
            destination,
            sequence,
            height?.toString() ?? null,
            transactionHash ?? null,
            requestedAt,
          ],
        );
        return added.length > 0;
      },
      ...createReading(query),
      onStored: (listener) => hearing.on(listener),
      fault: () => fault,
      async close() {
        await hearing.close();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
