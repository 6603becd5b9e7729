import { stringifyJson } from "../../shared/json/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";

/** A final block as a quorum served it. */
export interface KeptBlock {
  readonly height: number;
  readonly hash: string;
  readonly parentHash: string;
}

/** How many of a chain's newest final blocks are kept. */
const keptBlocks = 4_096;

/** What is known about chains, each by its bridge's chain id in decimal. */
export interface ChainTable {
  /** The newest final block that is kept. */
  lastFinal(chain: string): KeptBlock | undefined;
  finalAt(chain: string, height: number): KeptBlock | undefined;
  /** Keeps final blocks, lowest first; a block that does not fit to the one kept below it is refused. */
  keep(chain: string, blocks: readonly KeptBlock[]): void;
  /** Stops a chain until a person resumes it. Returns false if it was stopped before: the first reason stays. */
  stop(chain: string, reason: string, evidence: object, now: number): boolean;
  stopReason(chain: string): string | undefined;
  /**
   * Lets a stopped chain go on; the record of the stop stays. What was kept of the chain stays too and is compared with
   * again, unless `forget` says that a person found the change to be true.
   *
   * @returns false if the chain was not stopped.
   */
  resume(chain: string, forget: boolean, now: number): boolean;
}

export function createChainTable(database: SqliteDatabase): ChainTable {
  const columns = "height, hash, parent_hash AS parentHash";
  const last = database.prepare<[string], KeptBlock>(
    `SELECT ${columns} FROM final_blocks WHERE chain = ? ORDER BY height DESC LIMIT 1`,
  );
  const at = database.prepare<[string, number], KeptBlock>(
    `SELECT ${columns} FROM final_blocks WHERE chain = ? AND height = ?`,
  );
  const insert = database.prepare(
    "INSERT INTO final_blocks (chain, height, hash, parent_hash) VALUES (@chain, @height, @hash, @parentHash)",
  );
  const prune = database.prepare("DELETE FROM final_blocks WHERE chain = ? AND height <= ?");
  const stop = database.prepare(
    `INSERT INTO chain_stops (chain, reason, evidence, stopped_at) VALUES (@chain, @reason, @evidence, @now)
     ON CONFLICT DO NOTHING`,
  );
  const stopReason = database
    .prepare<[string], string>("SELECT reason FROM chain_stops WHERE chain = ? AND resumed_at IS NULL")
    .pluck();
  const resume = database.prepare(
    "UPDATE chain_stops SET resumed_at = @now WHERE chain = @chain AND resumed_at IS NULL",
  );
  const forgetBlocks = database.prepare("DELETE FROM final_blocks WHERE chain = ?");
  const forgetCursors = database.prepare("UPDATE routes SET scanned_hash = NULL, scanned_time = NULL WHERE source = ?");
  return {
    lastFinal: (chain) => last.get(chain),
    finalAt: (chain, height) => at.get(chain, height),
    keep: database.transaction((chain: string, blocks: readonly KeptBlock[]) => {
      for (const { height, hash, parentHash } of blocks) insert.run({ chain, height, hash, parentHash });
      prune.run(chain, (blocks.at(-1)?.height ?? 0) - keptBlocks);
    }),
    stop: (chain, reason, evidence, now) =>
      stop.run({ chain, reason, evidence: stringifyJson(evidence), now }).changes > 0,
    stopReason: (chain) => stopReason.get(chain) as string | undefined,
    resume: database.transaction((chain: string, forget: boolean, now: number) => {
      if (resume.run({ chain, now }).changes === 0) return false;
      if (forget) {
        forgetBlocks.run(chain);
        forgetCursors.run(chain);
      }
      return true;
    }),
  };
}
