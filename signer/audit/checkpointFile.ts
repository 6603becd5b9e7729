import { existsSync, readFileSync, truncateSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { checkpointLine, parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";

/** The file that checkpoints are appended to, one JSON line each, so that a copy of it can be kept elsewhere. */
export interface CheckpointFile {
  /** The last checkpoint in it. */
  latest(): SignedCheckpoint | undefined;
  /** Appends checkpoints; they are on disk when it resolves. */
  append(checkpoints: readonly SignedCheckpoint[]): Promise<void>;
}

/**
 * Opens the file, which need not exist yet. A line that a crash cut short is taken away.
 *
 * @throws AttestorError `setup_needed` if it cannot be read, or is no checkpoint file.
 */
export function openCheckpointFile(file: string): CheckpointFile {
  let latest = lastLineOf(file);
  return {
    latest: () => latest,
    async append(checkpoints) {
      const last = checkpoints.at(-1);
      if (!last) return;
      const isNew = !existsSync(file);
      await using handle = await open(file, "a", 0o640);
      await handle.appendFile(checkpoints.map((checkpoint) => `${checkpointLine(checkpoint)}\n`).join(""));
      await handle.datasync();
      if (isNew) await syncFolder(path.dirname(file));
      latest = last;
    },
  };
}

function lastLineOf(file: string): SignedCheckpoint | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const text = readFileSync(file, "utf8");
    const complete = text.slice(0, text.lastIndexOf("\n") + 1);
    const line = complete.trimEnd().split("\n").at(-1);
    const latest = line ? parseCheckpoint(line) : undefined;
    if (complete.length < text.length) truncateSync(file, Buffer.byteLength(complete));
    return latest;
  } catch (error) {
    const reason = `audit.checkpoints: ${file} is not a file of checkpoints (${faultName(error)}); move it away`;
    throw new AttestorError("setup_needed", { reason });
  }
}

/** A new file is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle: FileHandle = await open(folder, "r");
  await handle.sync();
}
