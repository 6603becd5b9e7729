import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { compileCache } from "./compileCache.ts";

export const repository = path.resolve(import.meta.dirname, "../..");

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the attestor command in a process of its own, as a user does, and collects what it prints. */
export function startAttestor(
  words: readonly string[],
  options: { environment?: Record<string, string>; input?: string } = {},
): { process: ChildProcess; done: Promise<CommandResult>; printed(): string } {
  const child = spawn(process.execPath, [path.join(repository, "cli/main.ts"), ...words], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...compileCache, ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.end(options.input ?? "");
  const done = new Promise<CommandResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, done, printed: () => stdout + stderr };
}

/** Runs the attestor command to its end. */
export function attestor(
  words: readonly string[],
  options: { environment?: Record<string, string>; input?: string } = {},
): Promise<CommandResult> {
  return startAttestor(words, options).done;
}
