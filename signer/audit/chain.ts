import { hash } from "node:crypto";
import type { Hex } from "../../shared/digest/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/prepared.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { AuditEntry } from "./entry.ts";

const domain = Buffer.from("hsm-attestor/audit/v1:");

/** Where the chain ends: how many records it has, and the hash of the last. */
export interface ChainHead {
  readonly size: number;
  readonly head: Hex;
}

/** The head of a chain without records. */
export const emptyChain: ChainHead = { size: 0, head: `0x${"00".repeat(32)}` };

const statements = prepared((database) => ({
  head: database.prepare<[], ChainHead>(
    "SELECT sequence AS size, hash AS head FROM audit ORDER BY sequence DESC LIMIT 1",
  ),
  insert: database.prepare<[number, string, Hex]>("INSERT INTO audit (sequence, record, hash) VALUES (?, ?, ?)"),
}));

/** The hash that a record has behind another: SHA-256(domain ‖ previous hash ‖ the record's UTF-8 bytes). */
export function recordHash(previous: Hex, record: string): Hex {
  const bytes = Buffer.concat([domain, Buffer.from(previous.slice(2), "hex"), Buffer.from(record)]);
  return `0x${hash("sha256", bytes, "hex")}`;
}

export function chainHead(database: SqliteDatabase): ChainHead {
  return statements(database).head.get() ?? emptyChain;
}

/**
 * Appends a record; to be called inside a transaction.
 *
 * @param end where the chain ends now, if the caller knows: the schema refuses a record that does not follow the last one.
 * @returns where it ends then.
 */
export function appendRecord(
  database: SqliteDatabase,
  { kind, body }: AuditEntry,
  nowMs: number,
  end: ChainHead = chainHead(database),
): ChainHead {
  const size = end.size + 1;
  const record = canonicalJson({ at: new Date(nowMs).toISOString(), body, kind, sequence: `${size}` });
  const head = recordHash(end.head, record);
  statements(database).insert.run(size, record, head);
  return { size, head };
}
