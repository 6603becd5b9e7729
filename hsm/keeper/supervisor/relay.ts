import type { Socket } from "node:net";
import { z } from "zod";
import { parseJson } from "../../../shared/json/index.ts";
import { attestPrefix } from "../attestLine.ts";
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
  /** Whether another keeper has the key of this public key open. */
  readonly isHeldElsewhere: (publicKey: string) => boolean;
}

export interface Relay {
  /** Kills the keeper; the daemon is told this reason. */
  end(reason: string): void;
  /** Whether its keeper was asked to open that key, and is not being ended. */
  holds(publicKey: string): boolean;
  /** The keeper is gone: the daemon is told how it ended, and its connection is closed. */
  onGone(reason: string): void;
}

/**
 * Passes lines on between a daemon and its keeper, reading no more of them than the number that a request and its answer
 * carry, and which keys are opened. The keeper is killed when a request passes its deadline, when the daemon closes its side or is
 * gone, and when a key is to be opened that another keeper has open: two daemons, each with a ledger of its own, would together sign
 * twice, and most devices have no place for the ledger's id.
 */
export function relay({ connection, child, openDeadlineMs, callDeadlineMs, isHeldElsewhere }: RelayOptions): Relay {
  const running = new Map<string, NodeJS.Timeout>();
  const held = new Set<string>();
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
    const keys = keysToOpen(line);
    for (const publicKey of keys) held.add(publicKey);
    if (keys.some(isHeldElsewhere)) {
      end("another daemon has a key open that this one asks for; a key has one signer");
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
    holds: (publicKey) => reasonToEnd === undefined && held.has(publicKey),
    onGone(reason) {
      for (const timer of running.values()) clearTimeout(timer);
      running.clear();
      writeLine(connection, encodeAnnouncement({ ended: reasonToEnd ?? reason }));
      connection.end(() => connection.destroy());
    },
  };
}

const openSchema = z.object({
  op: z.literal("open"),
  parameters: z.object({ keys: z.array(z.object({ publicKey: z.string().toLowerCase() })) }),
});

/** The public keys that a request opens; none for any other, and for one that the keeper refuses. */
function keysToOpen(line: string): string[] {
  if (line.startsWith(attestPrefix)) return [];
  try {
    return openSchema.parse(parseJson(line)).parameters.keys.map(({ publicKey }) => publicKey);
  } catch {
    return [];
  }
}

function numberOf(line: string): string | undefined {
  return /^(?:attest\t|signed\t|\{"id":)(\d{1,15})[,\t]/.exec(line)?.[1];
}
