import { createConnection, type Socket } from "node:net";
import { faultName } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { type Conversation, converse, type KeeperProcess, unavailable } from "./conversation.ts";
import { readLines } from "./lines.ts";
import { decodeAnnouncement } from "./supervisor/announcement.ts";

export interface ConnectOptions {
  /** Path of the supervisor's socket. */
  readonly socket: string;
  readonly logger: Logger;
  /** Milliseconds that the supervisor may take to start a keeper. */
  readonly deadline: number;
  /** Ends the wait for the supervisor; whoever has the keeper ends it himself. */
  readonly signal: AbortSignal;
}

/** Why a keeper is ended, or not started, for which nobody asks any more. */
export const daemonStops = "the daemon stops";

/** Milliseconds that the supervisor may take to see that a killed keeper is gone. */
const goneDeadline = 5_000;

/**
 * A keeper under its supervisor, which runs as the keeper's own user: how it is done in production. This side's end of
 * the connection is all that it takes to have the keeper killed: closing it is the request.
 *
 * @throws AttestorError `keeper_unavailable`.
 */
export async function connectKeeper({ socket, logger, deadline, signal }: ConnectOptions): Promise<KeeperProcess> {
  const connection = createConnection({ path: socket, allowHalfOpen: true });
  const started = Promise.withResolvers<KeeperProcess>();
  let conversation: Conversation | undefined;
  let why = "its supervisor closed the connection";
  const giveUp = (reason: string) => {
    why = reason;
    connection.destroy();
  };
  const timer = setTimeout(() => giveUp("its supervisor did not start it in time"), deadline);
  const stop = () => giveUp(daemonStops);
  connection.once("error", (error) => {
    why = `its supervisor cannot be reached at ${socket} (${faultName(error)})`;
  });
  readLines(connection, {
    onLine(line) {
      const announced = decodeAnnouncement(line);
      if (announced && "ended" in announced) why = announced.ended;
      else if (announced && !conversation) {
        conversation = converse({ pid: announced.keeper, connection, end: () => hangUp(connection), logger });
        started.resolve(conversation);
      } else if (conversation) conversation.onLine(line);
      else connection.destroy();
    },
    onEnd() {
      conversation?.onGone(why);
      started.reject(unavailable(why));
    },
  });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await started.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
}

/** The supervisor kills the keeper when it reads the end, and closes its own side once the keeper is gone. */
function hangUp(connection: Socket): void {
  if (connection.writableEnded) return;
  connection.end();
  const timer = setTimeout(() => connection.destroy(), goneDeadline);
  connection.once("close", () => clearTimeout(timer));
}
