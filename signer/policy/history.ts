import { createHash } from "node:crypto";
import type { Hex } from "../../shared/digest/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/prepared.ts";
import type { Transaction } from "../state/state.ts";
import type { PolicyText } from "./readPolicy.ts";

/** A policy that is or was in force. */
export interface RecordedPolicy {
  readonly version: number;
  readonly hash: Hex;
  readonly text: string;
  /** When it came into force, milliseconds since 1970. */
  readonly sinceMs: number;
}

const statements = prepared((database) => ({
  latest: database.prepare<[], RecordedPolicy>(
    "SELECT version, hash, text, since_ms AS sinceMs FROM policies ORDER BY version DESC LIMIT 1",
  ),
  latestVersion: database.prepare<[], number>("SELECT max(version) FROM policies").pluck(),
  versionOf: database.prepare<[Hex], number>("SELECT version FROM policies WHERE hash = ?").pluck(),
  insert: database.prepare<[number, Hex, string, string, number]>("INSERT INTO policies VALUES (?, ?, ?, ?, ?)"),
  spend: database.prepare<[Hex, string, string, number]>(
    "INSERT INTO spent_statements VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
  ),
}));

/** The policy in force, or undefined in a ledger that was broken off at its creation. */
export function latestPolicy(database: SqliteDatabase): RecordedPolicy | undefined {
  return statements(database).latest.get();
}

/** Version of the policy in force. */
export function latestPolicyVersion(database: SqliteDatabase): number | undefined {
  return statements(database).latestVersion.get() ?? undefined;
}

/** The version under which a policy with this very text is recorded, or undefined. */
export function recordedVersion(database: SqliteDatabase, hash: Hex): number | undefined {
  return statements(database).versionOf.get(hash);
}

/**
 * Makes a policy the one in force, once its transaction is committed.
 *
 * @param operators who signed for it; nobody for the first one, which comes with the ledger.
 */
export function recordPolicy(
  database: SqliteDatabase,
  { policy, hash, text }: PolicyText,
  operators: readonly string[],
  nowMs: number,
): void {
  statements(database).insert.run(policy.version, hash, text, JSON.stringify(operators), nowMs);
}

/** @returns false if the statement was used before. */
export function spendStatement({ database, nowMs }: Transaction, text: string, operators: readonly string[]): boolean {
  const hash: Hex = `0x${createHash("sha256").update(text, "utf8").digest("hex")}`;
  return statements(database).spend.run(hash, text, JSON.stringify(operators), nowMs).changes === 1;
}
