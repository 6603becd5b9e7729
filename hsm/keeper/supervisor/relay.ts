import type { Socket } from "node:net";
import type { KeeperChild } from "../keeperChild.ts";
import { readLines, writeLine } from "../lines.ts";
import { encodeAnnouncement } from "./announcement.ts";

export interface RelayOptions {
  /** To the daemon. Reading has not begun. */
  readonly connection: Socket;
  readonly child: KeeperChild;
  /** Milliseconds that the first request, which opens the keys, and any other may take. */
  readonly openDeadlineMs: number;
  readonly callDeadlineMs: number;
}

export interface Relay {
  /** Kills the keeper; the daemon is told this reason. */
  end(reason: string): void;
  /** The keeper is gone: the daemon is told how it ended, and its connection is closed. */
  onGone(reason: string): void;
}

/**
 * Passes lines on between a daemon and its keeper, reading no more of them than the number that a request and its answer
 * carry. The keeper is killed when a request passes its deadline, and when the daemon closes its side or is gone.
 */
export function relay({ connection, child, openDeadlineMs, callDeadlineMs }: RelayOptions): Relay {
  const running = new Map<string, NodeJS.Timeout>();
  let opened = false;
  let reasonToEnd: string | undefined;

  const end = (reason: string) => {
    reasonToEnd ??= reason;
    child.kill();
  };
  const onRequest = (line: string) => {
    const id = numberOf(line);
    if (id === undefined || running.has(id)) {
      end("the daemon does not keep to the protocol");
      return;
    }
    const deadline = opened ? callDeadlineMs : openDeadlineMs;
    opened = true;
    const tooLong = () => end(`request ${id} took longer than the supervisor's deadline of ${deadline} ms`);
    running.set(id, setTimeout(tooLong, deadline));
    writeLine(child.connection, line);
  };
  const onAnswer = (line: string) => {
    const id = numberOf(line);
    if (id !== undefined) clearTimeout(running.get(id));
    if (id !== undefined) running.delete(id);
    writeLine(connection, line);
  };
  const onDaemonGone = () => end("the daemon closed its connection");

  writeLine(connection, encodeAnnouncement({ keeper: child.pid ?? 0 }));
  readLines(child.connection, { onLine: onAnswer, onEnd: () => child.kill() });
  readLines(connection, { onLine: onRequest, onLast: onDaemonGone, onEnd: onDaemonGone });
  connection.resume();
  return {
    end,
    onGone(reason) {
      for (const timer of running.values()) clearTimeout(timer);
      running.clear();
      writeLine(connection, encodeAnnouncement({ ended: reasonToEnd ?? reason }));
      connection.end(() => connection.destroy());
    },
  };
}

function numberOf(line: string): string | undefined {
  return /^(?:attest\t|signed\t|\{"id":)(\d{1,15})[,\t]/.exec(line)?.[1];
}
