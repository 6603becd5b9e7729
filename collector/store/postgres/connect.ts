import pg from "pg";
import type { Secret } from "../../../shared/config/index.ts";
import { AttestorError, faultText } from "../../../shared/errors/index.ts";
import { schemaName } from "./schema.ts";

/** Where a PostgreSQL database is, and who asks. */
export interface PostgresSettings {
  /** A host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret | undefined;
  /** PEM text of the authority of the server's certificate; without one the connection is not encrypted. */
  readonly authority: string | undefined;
  /** Most connections of this process, one of them to hear of what others stored. */
  readonly connections: number;
}

/** Longest time for one query, and for a connection, waiting for a free one included, in milliseconds. */
const queryTimeout = 10_000;
const connectTimeout = 15_000;
/** Longest time for one migration, in milliseconds. */
const migrationTimeout = 3_600_000;

/** Positions, counters and times are below 2^53. */
const bigint = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === bigint ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};

export function clientConfig(settings: PostgresSettings): pg.ClientConfig {
  const { host, port, database, user, password, authority } = settings;
  return {
    host,
    port,
    database,
    user,
    ...(password && { password: password.reveal() }),
    ...(authority !== undefined && { ssl: { ca: authority } }),
    application_name: "attestor-collector",
    connectionTimeoutMillis: connectTimeout,
    query_timeout: queryTimeout,
    statement_timeout: queryTimeout,
    idle_in_transaction_session_timeout: queryTimeout,
    options: `-c search_path=${schemaName} -c synchronous_commit=on`,
    keepAlive: true,
    types,
  };
}

/** As `config`, with the patience that rewriting the tables of a large store needs, and waiting for another who does. */
export function migrationConfig(config: pg.ClientConfig): pg.ClientConfig {
  return {
    ...config,
    query_timeout: migrationTimeout,
    statement_timeout: migrationTimeout,
    idle_in_transaction_session_timeout: migrationTimeout,
  };
}

/** A fault in words without endpoint, user or SQL: PostgreSQL's code, or the system's, with what it means. */
export function unreachable(error: unknown): AttestorError {
  const reason = `the database cannot be used (${faultText(error)})`;
  return new AttestorError("failed", { rule: "store", reason });
}

/** Whether the server said so itself, which means that it answers; one that has no room or takes no writes is of no use. */
export function isAnswer(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|53|57|58)/.test(error.code ?? "") && !isReadOnly(error);
}

/** Whether the connection leads to a server, or a session, that takes no writes, such as one that became a standby. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "25006";
}
