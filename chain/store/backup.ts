import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";

/** Pages that are copied before other work gets its turn. */
const pagesAtOnce = 256;

/**
 * Copies the open database into a new file while it goes on being used. The copy holds every commit made until it was
 * complete. It gets its name only once SQLite has found it whole, so a file of that name is a backup that can be restored.
 *
 * @param stop ends the copying; what was copied is removed.
 * @throws AttestorError `database_exists` (the file is left as it is), `database_unusable` where it cannot be written or
 * the copy is not whole.
 */
export async function backUp(database: SqliteDatabase, file: string, stop: AbortSignal): Promise<void> {
  if (existsSync(file)) throw new AttestorError("database_exists", { file });
  const partial = `${file}.partial`;
  try {
    rmSync(partial, { force: true }); // of a process that was killed
    closeSync(openSync(partial, "wx", 0o600));
    await database.backup(partial, {
      progress: () => {
        stop.throwIfAborted();
        return pagesAtOnce;
      },
    });
    await checkCopy(partial, stop);
    sync(partial);
    linkSync(partial, file); // unlike a renaming, this never replaces a file
    rmSync(partial);
    sync(path.dirname(file));
  } catch (error) {
    for (const ending of ["", "-journal", "-wal", "-shm"]) rmSync(`${partial}${ending}`, { force: true });
    if (error instanceof AttestorError) throw error;
    const fault = stop.aborted ? "the service stops" : faultName(error);
    if (fault === "EEXIST") throw new AttestorError("database_exists", { file });
    throw new AttestorError("database_unusable", { file, reason: `the backup was not made (${fault})` });
  }
}

/** Reads all of the copy, in a thread of its own: packets are attested meanwhile. */
async function checkCopy(file: string, stop: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const worker = new Worker(new URL("./copyCheck.ts", import.meta.url), { workerData: file });
  const end = () => void worker.terminate();
  stop.addEventListener("abort", end);
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the check of the copy did not end")));
  try {
    const [problem] = await promise;
    if (problem !== undefined) {
      throw new AttestorError("database_unusable", { file, reason: `the backup is not whole (${problem})` });
    }
  } finally {
    stop.removeEventListener("abort", end);
  }
}

function sync(fileOrFolder: string): void {
  const handle = openSync(fileOrFolder, "r");
  fsyncSync(handle);
  closeSync(handle);
}
