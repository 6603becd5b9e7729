import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Both ends of a pipe, as descriptors of this process. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** The pipes between a keeper and the signer that it unseals seeds for. */
export interface SealedPipes {
  readonly seeds: Pipe;
  readonly requests: Pipe;
  readonly answers: Pipe;
}

const names = ["seeds", "requests", "answers"] as const;

/**
 * Opens the pipes for two children to inherit. What Node itself gives a child are sockets, and the signer is to have none; so
 * these are pipes with a name, which is gone again before anybody else can use it.
 *
 * @throws what `mkfifo` (coreutils) and the file system meet.
 */
export function openSealedPipes(): SealedPipes {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-pipes-"));
  try {
    const files = names.map((name) => path.join(folder, name));
    execFileSync("mkfifo", ["-m", "600", "--", ...files], { stdio: "ignore" });
    const [seeds, requests, answers] = files.map(bothEnds);
    if (!seeds || !requests || !answers) throw new RangeError("three pipes expected");
    return { seeds, requests, answers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Closes this process's ends. Only then does a reader see the end when the other child closes its own. */
export function closeSealedPipes(pipes: SealedPipes): void {
  for (const { read, write } of Object.values(pipes) as Pipe[]) {
    closeSync(read);
    closeSync(write);
  }
}

/** Opening one end of a pipe waits for the other, unless somebody holds both. */
function bothEnds(file: string): Pipe {
  const both = openSync(file, constants.O_RDWR);
  try {
    return { write: openSync(file, constants.O_WRONLY), read: openSync(file, constants.O_RDONLY) };
  } finally {
    closeSync(both);
  }
}
