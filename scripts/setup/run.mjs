import { spawn } from "node:child_process";
import { constants } from "node:os";

const killAfterMs = 10_000;

/**
 * @typedef {object} StepOptions
 * @property {AbortSignal} signal ends the child; the step then fails with the abort's reason, after the child has gone
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {boolean} [ownGroup] the child leads a process group of its own, and an abort ends the whole group
 * @property {boolean} [quiet] keep the output back and show it only if the step fails
 * @property {boolean} [withTerminal] the child may read from our stdin
 * @property {(pid: number) => void} [onStart]
 */

/**
 * Runs one set-up step as a child process, with its output on our stderr.
 *
 * @param {readonly string[]} command program and arguments
 * @param {StepOptions} options
 * @returns {Promise<boolean>} whether it succeeded
 */
export function runStep(command, options) {
  const { signal, ownGroup = false, quiet = false } = options;
  signal.throwIfAborted();
  const [program = "", ...args] = command;
  const output = quiet ? "pipe" : 2;
  const child = spawn(program, args, {
    stdio: [options.withTerminal ? "inherit" : "ignore", output, output],
    env: options.env ?? process.env,
    cwd: options.cwd,
    detached: ownGroup,
  });
  const { pid } = child;
  if (pid !== undefined) options.onStart?.(pid);

  /** @type {Buffer[]} */
  const kept = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => kept.push(chunk));

  /** @param {NodeJS.Signals} name */
  const end = (name) => {
    if (pid !== undefined) sendSignal(ownGroup ? -pid : pid, name);
  };
  /** @type {NodeJS.Timeout | undefined} */
  let killTimer;
  const onAbort = () => {
    end("SIGTERM");
    if (ownGroup) killTimer = setTimeout(() => end("SIGKILL"), killAfterMs);
  };
  signal.addEventListener("abort", onAbort, { once: true });

  return new Promise((resolve, reject) => {
    child.on("error", (error) => kept.push(Buffer.from(`${error.message}\n`)));
    child.on("close", (code) => {
      clearTimeout(killTimer);
      signal.removeEventListener("abort", onAbort);
      if (signal.aborted) {
        if (ownGroup) end("SIGKILL"); // what the leader left behind must not write beside the next run
        return reject(signal.reason);
      }
      if (code !== 0) process.stderr.write(Buffer.concat(kept));
      resolve(code === 0);
    });
  });
}

/**
 * @param {number} pid negative for a process group
 * @param {NodeJS.Signals} name
 */
function sendSignal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, or a root process under sudo, which the terminal's own Ctrl-C has reached.
  }
}

/**
 * Gives the terminal to the program that set-up was made for, and waits for it. Ctrl-C reaches it as a member of the
 * terminal's process group, so SIGINT is only outlived here; the other two are passed on.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string }} options
 * @returns {Promise<number>} its exit code, or 128 plus the number of the signal that ended it
 */
export function handOver(command, options) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { ...options, stdio: "inherit" });
  process.on("SIGINT", () => {});
  for (const name of /** @type {const} */ (["SIGTERM", "SIGHUP"])) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}
