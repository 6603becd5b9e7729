import type { Duplex } from "node:stream";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { FaultNotice } from "../keystore.ts";
import { faultOf } from "../pkcs11/faults.ts";
import { writeLine } from "./lines.ts";
import { type Answer, answerOf, decodeReply, encodeRequest, type Operation, type Parameters } from "./protocol.ts";

/** One keeper process as the daemon sees it, from its start to its end. */
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

export interface ConversationOptions {
  readonly pid: number | undefined;
  readonly connection: Duplex;
  /** Has the process killed, by whoever can. */
  readonly end: () => void;
  readonly logger: Logger;
}

/** A keeper process, and the two things that whoever carries its connection tells of it. */
export interface Conversation extends KeeperProcess {
  /** A line of the keeper's. */
  onLine(line: string): void;
  /** The process is gone. */
  onGone(reason: string): void;
}

interface Pending {
  /** Takes what the keeper answered. @throws AttestorError if it is of another form. */
  resolve(result: unknown): void;
  reject(error: AttestorError): void;
}

/** Requests and answers over a connection to a keeper. */
export function converse({ pid, connection, end, logger }: ConversationOptions): Conversation {
  const pending = new Map<number, Pending>();
  const ended = Promise.withResolvers<string>();
  let lastId = 0;
  let reasonToEnd: string | undefined;

  const kill = (reason: string) => {
    reasonToEnd ??= reason;
    end();
    for (const { reject } of pending.values()) reject(unavailable(reasonToEnd));
    pending.clear();
  };
  const logNotice = (notice: FaultNotice) => {
    const level = faultOf(notice.code).alarm ? "error" : "warn";
    logger[level]({ ...notice, keeper: pid }, "the device failed and is asked again");
  };
  const onReply = (line: string) => {
    const reply = decodeReply(line);
    if ("notice" in reply) {
      logNotice(reply.notice);
      return;
    }
    const waiting = reply.id === null ? undefined : pending.get(reply.id);
    if (reply.id === null || !waiting) throw new Error("an answer to no request");
    if ("error" in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.result);
    pending.delete(reply.id);
  };

  return {
    pid,
    ended: ended.promise,
    kill,
    onLine(line) {
      try {
        onReply(line);
      } catch {
        kill("it does not keep to the protocol");
      }
    },
    onGone(reason) {
      kill(reason);
      ended.resolve(reasonToEnd ?? reason);
    },
    async call<O extends Operation>(op: O, parameters: Parameters<O>, deadline: number) {
      if (reasonToEnd !== undefined) throw unavailable(reasonToEnd);
      lastId += 1;
      const line = encodeRequest(lastId, op, parameters);
      const { promise, resolve, reject } = Promise.withResolvers<Answer<O>>();
      pending.set(lastId, { resolve: (result) => resolve(answerOf(op, result)), reject });
      writeLine(connection, line);
      const timer = setTimeout(() => kill(`${op} took longer than its deadline of ${deadline} ms`), deadline);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

export function unavailable(reason: string): AttestorError {
  return new AttestorError("keeper_unavailable", { reason });
}
