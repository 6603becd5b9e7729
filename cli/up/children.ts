import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import path from "node:path";

/** A program that `up` runs. */
export interface ChildPlan {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Without it the network cannot go on; without another one the remaining quorum can. */
  readonly essential: boolean;
}

export interface Child {
  readonly name: string;
  readonly essential: boolean;
  readonly logFile: string;
  /** Size of its log, in bytes, when it was started: what earlier starts wrote lies before. */
  readonly logStart: number;
  /** How it ended, or undefined while it runs. */
  ending(): string | undefined;
  stop(): Promise<void>;
}

const leash = path.join(import.meta.dirname, "leash.sh");

/** Longest time an orderly end may take, in milliseconds, before the child is killed. */
const stopDeadline = 12_000;

/**
 * Starts a child in a process group of its own, so that Ctrl-C reaches only `up` and the parts end in order; its leash
 * ends it should `up` die. See {@link childEnvironment} for what it inherits.
 *
 * @param onEnd called once if it ends without having been stopped.
 */
export function startChild(plan: ChildPlan, onEnd: (child: Child) => void): Child {
  const log = openSync(plan.logFile, "a", 0o600);
  const logStart = fstatSync(log).size;
  const program = spawn("/bin/sh", [leash, ...plan.command], {
    detached: true,
    env: childEnvironment(plan),
    stdio: ["ignore", log, log, "pipe"],
  });
  closeSync(log);
  const leashPipe = program.stdio[3];
  let ending: string | undefined;
  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ending ??= how;
      leashPipe?.destroy();
      resolve();
      if (!stopping) onEnd(child);
    };
    program.once("error", (error) => end(error.message));
    program.once("exit", (code, signal) => end(describeEnd(code, signal)));
  });
  const child: Child = {
    name: plan.name,
    essential: plan.essential,
    logFile: plan.logFile,
    logStart,
    ending: () => ending,
    async stop() {
      stopping = true;
      if (ending !== undefined) return;
      program.kill("SIGTERM");
      const killer = setTimeout(() => killGroup(program), stopDeadline);
      await ended;
      clearTimeout(killer);
    },
  };
  return child;
}

/**
 * PATH, HOME and, if there is one, the folder where Node.js keeps what it has compiled (without it a start takes twice the
 * CPU time); nothing else of ours, but what the plan says.
 */
export function childEnvironment(plan: ChildPlan): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }), ...plan.environment };
}

/** A shell reports a program that a signal ended as 128 + the signal's number. */
function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `signal ${signal}`;
  return code !== null && code > 128 ? `signal ${code - 128}` : `exit code ${code}`;
}

function killGroup(program: ChildProcess): void {
  if (program.pid !== undefined) process.kill(-program.pid, "SIGKILL");
}

/** The last lines that a child has written to its log since its start, for the report of its end. */
export function lastLines({ logFile, logStart }: Child, count: number): string[] {
  const written = readFileSync(logFile).subarray(logStart).toString("utf8").trimEnd();
  return written === "" ? [] : written.split("\n").slice(-count);
}
