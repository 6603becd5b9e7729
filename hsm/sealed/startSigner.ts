import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SealedPipes } from "./pipes.ts";

const mainModule = fileURLToPath(new URL("./main.ts", import.meta.url));
const programFolder = fileURLToPath(new URL("../../", import.meta.url));

/**
 * It may read the program and which network it is in, and nothing else: no writing, no child processes, no threads, no native code. A small heap, and no
 * signal that opens a debugger.
 */
const nodeOptions = [
  "--max-old-space-size=64",
  "--disable-sigusr1",
  "--permission",
  `--allow-fs-read=${programFolder}`,
  "--allow-fs-read=/proc/self/net/dev",
];

/**
 * No core file; a network namespace of its own, in which there is nothing, where the system lets a user make one (elsewhere,
 * and in production besides, the keeper's service has none: see deploy/systemd); and nothing of the shell's in the environment.
 */
const alone = [
  "ulimit -c 0",
  "unset PWD OLDPWD SHLVL",
  'apart="unshare --user --map-current-user --net --"',
  '$apart true 2>/dev/null && exec $apart "$0" "$@"',
  'exec "$0" "$@"',
].join("; ");

/**
 * Starts the process that signs with unsealed seeds, with an empty environment. It ends when the keeper's end of its pipe is
 * closed, and so when the keeper does.
 *
 * What it writes to standard error is dropped: nothing of this process may turn up in a log by accident.
 */
export function startSealedSigner(pipes: SealedPipes): void {
  const command = [process.execPath, ...nodeOptions, mainModule];
  const child = spawn("/bin/sh", ["-c", alone, ...command], {
    env: {},
    stdio: ["ignore", "ignore", "ignore", pipes.requests.read, pipes.answers.write, pipes.seeds.read],
  });
  child.once("error", () => {}); // the keeper reads the end of its answers
  child.unref();
}
