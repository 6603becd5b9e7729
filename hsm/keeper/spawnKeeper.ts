import type { Logger } from "../../shared/log/index.ts";
import { converse, type KeeperProcess } from "./conversation.ts";
import { startKeeperChild } from "./keeperChild.ts";
import { readLines } from "./lines.ts";

export interface SpawnOptions {
  readonly sessions: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a signer of sealed keys is needed beside it. */
  readonly sealed?: boolean;
  readonly logger: Logger;
}

/** A keeper as a child of the daemon, under the daemon's user: how it is done in development. */
export function spawnKeeper(options: SpawnOptions): KeeperProcess {
  const child = startKeeperChild({ ...options, onGone: (reason) => conversation.onGone(reason) });
  const { pid, connection, kill } = child;
  const conversation = converse({ pid, connection, end: kill, logger: options.logger });
  readLines(connection, {
    onLine: conversation.onLine,
    onEnd: kill, // most often it has ended already, and its exit says how
  });
  return conversation;
}
