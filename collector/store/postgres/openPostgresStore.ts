import pg from "pg";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { createHealth } from "../health.ts";
import { idColumns } from "../rows.ts";
import type { Store } from "../store.ts";
import { clientConfig, isAnswer, isReadOnly, migrationConfig, type PostgresSettings, unreachable } from "./connect.ts";
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
  pool.on("error", () => {}); // an idle connection broke; the next query makes another and says how it went
  // One that breaks in use says so, too, besides failing its query; unheard, that would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));

  /** Runs some work, and notes if the database cannot be used. */
  async function noted<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isAttestorError(error)) throw error;
      const failed = unreachable(error);
      if (!isAnswer(error)) health.failed(failed.message);
      throw failed;
    }
  }

  function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return noted(async () => {
      const client = await pool.connect();
      let broken = false;
      try {
        await client.query("BEGIN");
        const result = await work(client);
        await client.query("COMMIT");
        health.wrote();
        return result;
      } catch (error) {
        broken = isReadOnly(error); // another connection may lead to a server that takes writes
        await client.query("ROLLBACK").catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    });
  }

  const health = createHealth(() =>
    inTransaction(async (client) => {
      await client.query("UPDATE instance SET id = id");
    }),
  );

  const query = <R extends pg.QueryResultRow>(text: string, values: readonly unknown[]) =>
    noted(async () => (await pool.query<R>(text, [...values])).rows);

  try {
    await noted(() => migrateAt(migrationConfig(config)));
    const [row] = await query<{ id: string }>("SELECT id FROM instance", []);
    if (!row) throw new Error("the store has no instance id");
    const hearing = createHearing(config, () => health.look());
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
      fault: () => health.fault(),
      async close() {
        await hearing.close();
        await health.close();
        await pool.end();
      },
    };
  } catch (error) {
    await health.close();
    await pool.end();
    throw error;
  }
}
