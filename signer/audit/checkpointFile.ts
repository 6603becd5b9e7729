import { existsSync, readFileSync, truncateSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { checkpointLine, parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";

const lineEnd = 0x0a;

/** The file that checkpoints are appended to, one JSON line each, so that a copy of it can be kept elsewhere. */
export interface CheckpointFile {
  /** The last checkpoint in it. */
  latest(): SignedCheckpoint | undefined;
  /** Appends checkpoints; they are on disk when it resolves. */
  append(checkpoints: readonly SignedCheckpoint[]): Promise<void>;
}

/**
 * Opens the file, which need not exist yet. A line that a crash or a full disk cut short is taken away before another one follows:
 * the two would be one that nobody can read, and a signer that finds it does not start.
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
      await using handle = await open(file, "a+", 0o640);
      if (!(await isWhole(handle))) cutToWholeLines(file);
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
    const line = text
      .slice(0, text.lastIndexOf("\n") + 1)
      .trimEnd()
      .split("\n")
      .at(-1);
    const latest = line ? parseCheckpoint(line) : undefined;
    cutToWholeLines(file);
    return latest;
  } catch (error) {
    const reason = `audit.checkpoints: ${file} is not a file of checkpoints (${faultName(error)}); move it away`;
    throw new AttestorError("setup_needed", { reason });
  }
}

/** Whether the file is empty or ends with the end of a line. */
async function isWhole(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === lineEnd;
}

function cutToWholeLines(file: string): void {
  const bytes = readFileSync(file);
  const whole = bytes.lastIndexOf(lineEnd) + 1;
  if (whole < bytes.length) truncateSync(file, whole);
}

/** A new file is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle: FileHandle = await open(folder, "r");
  await handle.sync();
}
