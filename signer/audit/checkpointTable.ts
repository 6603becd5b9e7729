import type { Hex } from "../../shared/digest/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/prepared.ts";
import type { SignerState } from "../state/state.ts";
import type { SignedCheckpoint } from "./checkpoint.ts";

interface CheckpointRow {
  readonly size: number;
  readonly head: Hex;
  readonly at_ms: number;
  readonly signer: string;
  readonly signature: Hex;
}

const statements = prepared((database) => ({
  insert: database.prepare<CheckpointRow>("INSERT INTO checkpoints VALUES (@size, @head, @at_ms, @signer, @signature)"),
  after: database.prepare<[number, number], CheckpointRow>(
    "SELECT * FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?",
  ),
  latest: database.prepare<[], CheckpointRow>("SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1"),
}));

/** The checkpoints of more than `size` records, at most `limit`, in order. */
export function checkpointsAfter(state: SignerState, size: number, limit: number): SignedCheckpoint[] {
  const rows = state.read((database) => statements(database).after.all(size, limit));
  return rows.map((row) => checkpointIn(state, row));
}

export function latestCheckpoint(state: SignerState): SignedCheckpoint | undefined {
  const row = state.read((database) => statements(database).latest.get());
  return row && checkpointIn(state, row);
}

export function insertCheckpoint(database: SqliteDatabase, checkpoint: SignedCheckpoint): void {
  const { size, head, atMs: at_ms, signer, signature } = checkpoint;
  statements(database).insert.run({ size, head, at_ms, signer, signature });
}

function checkpointIn({ id: ledger }: SignerState, { at_ms: atMs, ...row }: CheckpointRow): SignedCheckpoint {
  return { ledger, ...row, atMs };
}
