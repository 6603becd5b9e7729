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
}

/** Milliseconds that the supervisor may take to see that a killed keeper is gone. */
const goneDeadline = 5_000;

/**
 * A keeper under its supervisor, which runs as the keeper's own user: how it is done in production. This side's end of
 * the connection is all that it takes to have the keeper killed: closing it is the request.
 *
 * @throws AttestorError `keeper_unavailable`.
 */
export async function connectKeeper({ socket, logger, deadline }: ConnectOptions): Promise<KeeperProcess> {
  const connection = createConnection({ path: socket, allowHalfOpen: true });
  const started = Promise.withResolvers<KeeperProcess>();
  let conversation: Conversation | undefined;
  let why = "its supervisor closed the connection";
  const timer = setTimeout(() => {
    why = "its supervisor did not start it in time";
    connection.destroy();
  }, deadline);
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
  try {
    return await started.promise;
  } finally {
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
