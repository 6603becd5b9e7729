import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Duplex, type Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { FaultNotice } from "../keystore.ts";
import { faultOf } from "../pkcs11/faults.ts";
import { readLines, writeLine } from "./lines.ts";
import { type Answer, answerOf, decodeReply, encodeRequest, type Operation, type Parameters } from "./protocol.ts";

const mainModule = fileURLToPath(new URL("./main.ts", import.meta.url));

/** The keeper's JavaScript heap, in MiB: it holds keys' names and a few requests. */
const heap = 64;

/** Longest text of the keeper's output that is logged, in characters. */
const longestOutput = 500;

export interface KeeperProcessOptions {
  readonly sessions: number;
  /** All of the keeper's environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

/** One keeper process, from its start to its end. */
export interface KeeperProcess {
  readonly pid: number | undefined;
  /**
   * Makes a request. If no answer has come when the deadline passes, the keeper is killed: a C call that hangs cannot
   * be ended otherwise.
   *
   * @param deadline milliseconds.
   * @throws AttestorError what the keeper answers; `keeper_unavailable` if it ends before it answers.
   */
  call<O extends Operation>(op: O, parameters: Parameters<O>, deadline: number): Promise<Answer<O>>;
  /** Ends the process at once and fails its requests with this reason. */
  kill(reason: string): void;
  /** Resolves with the reason when the process is gone. */
  readonly ended: Promise<string>;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: AttestorError): void;
}

export function spawnKeeper({ sessions, environment, logger }: KeeperProcessOptions): KeeperProcess {
  const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, mainModule], {
    // a thread for each session that can be inside a C call, and Node's usual four for itself
    env: { ...environment, UV_THREADPOOL_SIZE: String(sessions + 4) },
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
  });
  const connection = connectionOf(child);
  const pending = new Map<number, Pending>();
  const ended = Promise.withResolvers<string>();
  let lastId = 0;
  let reasonToEnd: string | undefined;

  const kill = (reason: string) => {
    reasonToEnd ??= reason;
    child.kill("SIGKILL");
    for (const { reject } of pending.values()) reject(unavailable(reasonToEnd));
    pending.clear();
  };
  const logNotice = (notice: FaultNotice) => {
    const level = faultOf(notice.code).alarm ? "error" : "warn";
    logger[level]({ ...notice, keeper: child.pid }, "the device failed and is asked again");
  };
  const onReply = (line: string) => {
    const reply = decodeReply(line);
    if ("notice" in reply) {
      logNotice(reply.notice);
      return;
    }
    const waiting = reply.id === null ? undefined : pending.get(reply.id);
    if (reply.id === null || !waiting) throw new Error("an answer to no request");
    pending.delete(reply.id);
    if ("error" in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.result);
  };

  readLines(connection, {
    onLine(line) {
      try {
        onReply(line);
      } catch {
        kill("it does not keep to the protocol");
      }
    },
    onEnd: () => void child.kill("SIGKILL"), // most often it has ended already, and its exit says how
  });
  const onGone = (reason: string) => {
    kill(reason);
    ended.resolve(reasonToEnd ?? reason);
  };
  child.once("error", (error) => onGone(`it cannot be started (${faultName(error)})`));
  child.once("exit", (code, signal) => onGone(`it ended (${signal ?? `exit code ${code}`})`));
  logOutput(child, logger);

  return {
    pid: child.pid,
    ended: ended.promise,
    kill,
    async call(op, parameters, deadline) {
      if (reasonToEnd !== undefined) throw unavailable(reasonToEnd);
      lastId += 1;
      const reply = Promise.withResolvers<unknown>();
      pending.set(lastId, reply);
      writeLine(connection, encodeRequest(lastId, op, parameters));
      const timer = setTimeout(() => kill(`${op} took longer than its deadline of ${deadline} ms`), deadline);
      try {
        return answerOf(op, await reply.promise);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function connectionOf(child: ChildProcess): Duplex {
  const connection = child.stdio[3];
  if (connection instanceof Duplex) return connection;
  throw unavailable("it cannot be started");
}

function logOutput(child: ChildProcess, logger: Logger): void {
  const logLines = (stream: "stdout" | "stderr", source: Readable | null) => {
    if (!source) return;
    const lines = createInterface({ input: source });
    lines.on("line", (line) => logger.warn({ stream, text: line.slice(0, longestOutput) }, "the keeper wrote"));
  };
  logLines("stdout", child.stdout);
  logLines("stderr", child.stderr);
}

function unavailable(reason: string): AttestorError {
  return new AttestorError("keeper_unavailable", { reason });
}
