import { createServer, type Socket } from "node:net";
import { loadConfig } from "../../../shared/config/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createLogger, type Logger } from "../../../shared/log/index.ts";
import type { RunningService } from "../../../shared/process/index.ts";
import { type Allowance, encodeAllowance } from "../allowance.ts";
import { type KeeperChild, startKeeperChild } from "../keeperChild.ts";
import { isSealedPlan, planKeys } from "../keyPlan.ts";
import { openDeadline } from "../launchKeeper.ts";
import { writeLine } from "../lines.ts";
import { passedOn } from "../passedOn.ts";
import { encodeAnnouncement } from "./announcement.ts";
import { type KeeperConfig, keeperConfig } from "./config.ts";
import { listenOn } from "./listenOn.ts";
import { type Relay, relay } from "./relay.ts";
import { peerOf, userId } from "./users.ts";

/** Keepers at a time: one for each token, and those that are being killed. */
const mostKeepers = 16;

/**
 * Starts the supervisor of the keepers, which runs as the keepers' own user: it starts one for each connection that the
 * daemon's user makes to its socket, and kills it when that connection ends, when a request takes too long, and when it
 * ends itself, however that happens. It loads no vendor's module and reads no PIN.
 *
 * @throws AttestorError `config_invalid`, `port_in_use` if another supervisor has the socket.
 */
export async function startSupervisor(
  configFile: string,
  dependencies: { logger?: Logger } = {},
): Promise<RunningService> {
  const config = loadConfig(configFile, keeperConfig);
  const logger = dependencies.logger ?? createLogger({ service: "keeper", level: config.logLevel });
  const daemon = await userId(config.daemonUser);
  if (daemon === undefined) {
    const problems = [`daemonUser: there is no user ${config.daemonUser}`];
    throw new AttestorError("config_invalid", { file: configFile, problems });
  }
  const running = new Set<Relay>();
  const stopping = new AbortController();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (connection) => {
    connection.on("error", () => connection.destroy());
    serve(connection, { config, daemon, running, stopping: stopping.signal, logger }).catch((error: unknown) => {
      logger.error({ err: error }, "a connection cannot be served");
      connection.destroy();
    });
  });
  await listenOn(server, config.socket);
  logger.info({ socket: config.socket, daemonUser: config.daemonUser }, "waiting for the daemon");
  const ended = Promise.withResolvers<void>();
  server.on("error", (error) => ended.reject(error));
  return {
    ended: ended.promise,
    async stop() {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const each of running) each.end("its supervisor stops");
      await closed;
      ended.resolve();
    },
  };
}

interface Context {
  readonly config: KeeperConfig;
  /** Id of the user that is served. */
  readonly daemon: number;
  readonly running: Set<Relay>;
  /** Aborted when the supervisor stops: whoever connected just before gets no keeper, which nobody would end. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

async function serve(connection: Socket, context: Context): Promise<void> {
  const { config, running, logger } = context;
  const uid = await peerOf(connection);
  if (connection.destroyed) return;
  const refusal = refusalOf(uid, context);
  if (refusal !== undefined) {
    logger.error({ uid: uid ?? "unknown", reason: refusal }, "a connection was refused");
    writeLine(connection, encodeAnnouncement({ ended: `its supervisor refuses: ${refusal}` }));
    connection.end(() => connection.destroy());
    return;
  }
  const { keys, sessions, stateFolder, callDeadline } = config;
  const allowance: Allowance = { keys, sessions, stateFolder };
  const plans = planKeys(keys);
  let onGone = (_reason: string) => {};
  const child: KeeperChild = startKeeperChild({
    ...{ sessions, environment: passedOn(plans, process.env), logger, allowance: encodeAllowance(allowance) },
    sealed: plans.some(isSealedPlan),
    onGone: (reason) => onGone(reason),
  });
  const isHeldElsewhere = (publicKey: string) => [...running].some((each) => each !== relayed && each.holds(publicKey));
  const deadlines = { openDeadlineMs: openDeadline, callDeadlineMs: callDeadline };
  const relayed: Relay = relay({ connection, child, ...deadlines, isHeldElsewhere });
  running.add(relayed);
  logger.info({ keeper: child.pid }, "a keeper was started");
  onGone = (reason) => {
    running.delete(relayed);
    logger.warn({ keeper: child.pid, reason }, "a keeper ended");
    relayed.onGone(reason);
  };
}

function refusalOf(uid: number | undefined, { daemon, running, stopping }: Context): string | undefined {
  if (uid !== daemon) return "it serves another user";
  if (stopping.aborted) return "it stops";
  return running.size >= mostKeepers ? "it has too many keepers" : undefined;
}
