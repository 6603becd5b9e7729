import { chmodSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { loadConfig } from "../../../shared/config/index.ts";
import { AttestorError, faultName } from "../../../shared/errors/index.ts";
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
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (connection) => {
    connection.on("error", () => connection.destroy());
    serve(connection, { config, daemon, running, logger }).catch((error: unknown) => {
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
  readonly logger: Logger;
}

async function serve(connection: Socket, { config, daemon, running, logger }: Context): Promise<void> {
  const uid = await peerOf(connection);
  if (connection.destroyed) return;
  const refusal =
    uid !== daemon ? "it serves another user" : running.size >= mostKeepers ? "it has too many keepers" : "";
  if (refusal !== "") {
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
  const relayed = relay({ connection, child, openDeadlineMs: openDeadline, callDeadlineMs: callDeadline });
  running.add(relayed);
  logger.info({ keeper: child.pid }, "a keeper was started");
  onGone = (reason) => {
    running.delete(relayed);
    logger.warn({ keeper: child.pid, reason }, "a keeper ended");
    relayed.onGone(reason);
  };
}

/** Listens where only this user and its group can connect. A socket that a killed supervisor left behind is replaced. */
async function listenOn(server: Server, path: string): Promise<void> {
  if (await isServed(path)) throw new AttestorError("port_in_use", { address: path, setting: "socket" });
  try {
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    });
    chmodSync(path, 0o660);
  } catch (error) {
    throw new AttestorError("config_invalid", {
      file: path,
      problems: [`cannot be listened on (${faultName(error)})`],
    });
  }
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
