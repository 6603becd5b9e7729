import { readFileSync } from "node:fs";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { openCopy } from "../state/openCopy.ts";
import { parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { readRecord } from "./readRecord.ts";
import { type ChainReport, type StoredRecord, verifyChain } from "./verifyChain.ts";

/**
 * Verifies the audit chain of a ledger whose signer is not running.
 *
 * @param options.checkpoints a file of checkpoints that was kept outside.
 * @param options.auditKey EIP-55 address of the audit key; left out, the checkpoints are believed as they are.
 * @throws AttestorError `database_missing`, `database_in_use`, `database_unusable`, `usage` for the checkpoint file.
 */
export function verifyAudit(ledger: string, options: { checkpoints?: string; auditKey?: string } = {}): ChainReport {
  const checkpoints = options.checkpoints === undefined ? [] : readCheckpoints(options.checkpoints);
  using copy = openCopy(ledger);
  return reading(ledger, () => verifyChain(recordsIn(copy.database), checkpoints, options.auditKey));
}

/** What the audit chain says about one packet. */
export interface PacketStory {
  /** The records in order, in canonical JSON. */
  readonly records: readonly string[];
  /** What shows that the chain was changed. */
  readonly problems: readonly string[];
}

/**
 * Collects every record about a packet, and looks whether the chain is linked.
 *
 * @param packet `source/destination/sequence`.
 * @param deployment left out, every deployment.
 * @throws AttestorError as {@link verifyAudit}.
 */
export function explainPacket(ledger: string, packet: string, deployment?: string): PacketStory {
  using copy = openCopy(ledger);
  const records: string[] = [];
  function* collecting(all: Iterable<StoredRecord>): Iterable<StoredRecord> {
    for (const stored of all) {
      if (isAbout(stored.record, packet, deployment)) records.push(stored.record);
      yield stored;
    }
  }
  const { problems } = reading(ledger, () => verifyChain(collecting(recordsIn(copy.database)), []));
  return { records, problems };
}

/** Every record is looked at: an index may have been tampered with. */
function isAbout(record: string, packet: string, deployment: string | undefined): boolean {
  if (!record.includes(packet)) return false;
  const { body } = readRecord(record);
  return body.packet === packet && (deployment === undefined || body.deployment === deployment);
}

function recordsIn(database: SqliteDatabase): Iterable<StoredRecord> {
  return database.prepare<[], StoredRecord>("SELECT sequence, record, hash FROM audit ORDER BY sequence").iterate();
}

/** A last line without its end is what a crash left, and no checkpoint. */
function readCheckpoints(file: string): SignedCheckpoint[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.filter((line) => line.trim() !== "").map(parseCheckpoint);
  } catch (error) {
    throw new AttestorError("usage", { reason: `${file} is not a file of checkpoints (${faultName(error)})` });
  }
}

/** A database that cannot be read to its end proves nothing. */
function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AttestorError) throw error;
    throw new AttestorError("database_unusable", { file, reason: faultName(error) });
  }
}
