import { type ChildProcess, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { faultName } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { closeSealedPipes, openSealedPipes } from "../sealed/pipes.ts";
import { startSealedSigner } from "../sealed/startSigner.ts";
import { trustedCompiledCode } from "./compiledCode.ts";
import { unavailable } from "./conversation.ts";
import { logOutput } from "./logOutput.ts";

const mainModule = fileURLToPath(new URL("./main.ts", import.meta.url));

/**
 * A bounded JavaScript heap, in MiB. It holds keys' names and a few requests, but the code itself takes most of 64: V8 then marked
 * the whole heap again and again, which took more CPU than the signatures. What lives for a request only has room for a thousand
 * of them; V8 would double that room after each of its full collections, which takes 80 more and gains nothing.
 *
 * And no signal that opens a debugger.
 */
const nodeOptions = ["--max-old-space-size=256", "--max-semi-space-size=16", "--disable-sigusr1"];

/**
 * Node cannot set the limit for a core file, in which the PIN could be: the shell sets it, takes what it added of its own
 * out of the environment, and becomes the keeper.
 */
const withoutCore = 'ulimit -c 0; unset PWD OLDPWD SHLVL; exec "$0" "$@"';

export interface KeeperChildOptions {
  readonly sessions: number;
  /** All of the keeper's environment, but for its threads and for compiled code that it may trust. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** What the keeper is to read from its standard input before it serves: see {@link Allowance}. */
  readonly allowance?: string;
  /** Whether a signer of sealed keys is started beside it, which both have pipes to. */
  readonly sealed?: boolean;
  readonly onGone: (reason: string) => void;
}

/** A keeper's process as whoever starts it sees it. */
export interface KeeperChild {
  readonly pid: number | undefined;
  readonly connection: Duplex;
  kill(): void;
}

/**
 * Starts a keeper. It ends when this process does, however that happens.
 *
 * @throws AttestorError `keeper_unavailable` if the system has no descriptor left for it.
 */
export function startKeeperChild({
  sessions,
  environment,
  logger,
  allowance,
  sealed = false,
  onGone,
}: KeeperChildOptions): KeeperChild {
  const restricted = allowance === undefined ? [] : ["--restricted"];
  const command = [process.execPath, ...nodeOptions, mainModule, ...restricted, ...(sealed ? ["--sealed"] : [])];
  const pipes = sealed ? openSealedPipes() : undefined;
  const toSigner = pipes ? [pipes.seeds.write, pipes.requests.write, pipes.answers.read] : [];
  const child = spawn("/bin/sh", ["-c", withoutCore, ...command], {
    // a thread for each session that can be inside a C call, and Node's usual four for itself
    env: { ...environment, ...trustedCompiledCode(process.env), UV_THREADPOOL_SIZE: String(sessions + 4) },
    stdio: [allowance === undefined ? "ignore" : "pipe", "pipe", "pipe", "pipe", "pipe", ...toSigner],
  });
  const connection = connectionOf(child);
  if (pipes) {
    if (connection) startSealedSigner(pipes);
    closeSealedPipes(pipes);
  }
  if (!connection) {
    child.on("error", () => {}); // it is told here, and once
    throw unavailable("it cannot be started");
  }
  child.stdin?.on("error", () => {}); // its exit says how it ended
  child.stdin?.end(allowance);
  child.once("error", (error) => onGone(`it cannot be started (${faultName(error)})`));
  child.once("exit", (code, signal) => onGone(`it ended (${signal ?? `exit code ${code}`})`));
  if (child.stdout) logOutput("stdout", child.stdout, logger);
  if (child.stderr) logOutput("stderr", child.stderr, logger);
  return { pid: child.pid, connection, kill: () => void child.kill("SIGKILL") };
}

/** @returns undefined for a process that the system has no descriptor or no room for: Node gives it no streams at all then. */
function connectionOf(child: ChildProcess): Duplex | undefined {
  const { stdio }: { stdio?: ChildProcess["stdio"] } = child;
  const connection = stdio?.[3];
  return connection instanceof Duplex ? connection : undefined;
}
