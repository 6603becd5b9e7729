import type { Hex } from "../../shared/digest/index.ts";
import { emptyChain, recordHash } from "./chain.ts";
import { isSignedBy, type SignedCheckpoint } from "./checkpoint.ts";
import { readRecord } from "./readRecord.ts";

/** A record as the database has it. */
export interface StoredRecord {
  readonly sequence: number;
  readonly record: string;
  readonly hash: string;
}

export interface ChainReport {
  readonly records: number;
  /** Id of the ledger, by the chain's first record. */
  readonly ledger: string | undefined;
  /** What shows that the chain was changed; empty for a sound one. */
  readonly problems: readonly string[];
  /** Records 1 to this one stand as they stood when the last checkpoint that fits was made; 0 if none fits. */
  readonly vouched: number;
}

/**
 * Looks whether a chain is the one that was written. Its own links show a record that was edited, removed or put elsewhere
 * by somebody who did not write all later hashes anew; for somebody who did, only checkpoints that were kept outside show
 * it, up to the last of them.
 *
 * @param auditKey EIP-55 address; left out, the checkpoints are believed as they are.
 */
export function verifyChain(
  records: Iterable<StoredRecord>,
  checkpoints: readonly SignedCheckpoint[],
  auditKey?: string,
): ChainReport {
  const problems: string[] = [];
  const wanted = new Set(checkpoints.map(({ size }) => size));
  const heads = new Map<number, Hex>();
  let size = 0;
  let head = emptyChain.head;
  let ledger: string | undefined;
  let isLinked = true;
  for (const stored of records) {
    size += 1;
    if (isLinked) {
      const reason = problemOf(stored, size, recordHash(head, stored.record));
      if (reason) problems.push(`record ${size} ${reason}`);
      isLinked = reason === undefined;
    }
    head = recordHash(head, stored.record);
    if (size === 1) ledger = ledgerIn(stored.record);
    if (wanted.has(size)) heads.set(size, head);
  }
  let vouched = 0;
  for (const checkpoint of [...checkpoints].sort((a, b) => a.size - b.size)) {
    const reason = checkpointProblem(checkpoint, { size, ledger, heads, vouched }, auditKey);
    if (reason) problems.push(`the checkpoint of ${checkpoint.size} records ${reason}`);
    else vouched = checkpoint.size;
  }
  return { records: size, ledger, problems, vouched };
}

function problemOf({ sequence, record, hash }: StoredRecord, place: number, expected: Hex): string | undefined {
  if (sequence !== place) return `is missing: number ${sequence} stands in its place`;
  if (readRecord(record).sequence !== `${place}`) return "carries another number: it was put here from elsewhere";
  return hash === expected ? undefined : "is not the one that was written: its hash does not fit";
}

interface Found {
  readonly size: number;
  readonly ledger: string | undefined;
  readonly heads: ReadonlyMap<number, Hex>;
  readonly vouched: number;
}

function checkpointProblem(checkpoint: SignedCheckpoint, found: Found, auditKey?: string): string | undefined {
  if (auditKey !== undefined && !isSignedBy(checkpoint, auditKey)) return "is not signed by the audit key";
  if (checkpoint.ledger !== found.ledger) return `is of another ledger, ${checkpoint.ledger}`;
  if (checkpoint.size > found.size) return `vouches for more than there are: ${found.size}; the end was cut off`;
  if (found.heads.get(checkpoint.size) === checkpoint.head) return undefined;
  return `does not fit: something was changed in records ${found.vouched + 1} to ${checkpoint.size}`;
}

function ledgerIn(record: string): string | undefined {
  const { ledger } = readRecord(record).body;
  return typeof ledger === "string" ? ledger : undefined;
}
