import { closeSync, constants, fstatSync, openSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { AttestorError, faultName } from "../../shared/errors/index.ts";

/** SQLite's answer to whoever finds a lock taken. */
const sqliteBusy = 5;

/** A lock that this process has. */
interface Turn {
  /** It takes the file away with it, so that nothing is left where nobody logs in. */
  end(): void;
}

/**
 * Runs while no other process that names this file does. What holds the others back is the kernel's lock on the file, which
 * ends with its process however that ends; Node can take one by SQLite only, of which nothing else is used.
 *
 * @param longestWaitMs how long others are waited for, in milliseconds; this process does nothing else meanwhile.
 * @throws AttestorError `database_unusable` if they take longer, or the file cannot be made or locked; what `run` throws.
 */
export function inTurn<T>(file: string, longestWaitMs: number, run: () => T): T {
  const turn = takeTurn(file, longestWaitMs);
  try {
    return run();
  } finally {
    turn.end();
  }
}

function takeTurn(file: string, longestWaitMs: number): Turn {
  const end = performance.now() + longestWaitMs;
  for (;;) {
    const left = Math.floor(end - performance.now());
    const turn = left > 0 ? lock(file, left) : "busy";
    if (turn === "busy") {
      const reason = `another process has been logging in to its token for ${longestWaitMs} ms; where it hangs, end it (fuser names it)`;
      throw new AttestorError("database_unusable", { file, reason });
    }
    if (turn !== "moved") return turn;
  }
}

/** @returns `moved` where whoever had the lock took the file away: then it keeps nobody else back. */
function lock(file: string, longestWaitMs: number): Turn | "busy" | "moved" {
  const held = open(file);
  let database: DatabaseSync | undefined;
  const letGo = () => {
    database?.close();
    // only now: to close any descriptor of a file ends the locks that a process has on it (fcntl(2))
    closeSync(held);
  };
  // held open, its inode cannot become another file's: if it is there before and after, it is what was locked
  const isThere = () => inodeOf(file) === fstatSync(held, { bigint: true }).ino;
  try {
    database = new DatabaseSync(file, { timeout: longestWaitMs });
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    const outcome = isBusy(error) ? "busy" : !isThere() && "moved"; // of a file that was taken away SQLite says all sorts of things
    letGo();
    if (outcome) return outcome;
    throw unusable(file, error);
  }
  if (!isThere()) {
    letGo();
    return "moved";
  }
  return {
    end() {
      rmSync(file, { force: true });
      letGo();
    },
  };
}

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw unusable(file, error);
  }
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}

function unusable(file: string, error: unknown): AttestorError {
  return new AttestorError("database_unusable", { file, reason: faultName(error) });
}
