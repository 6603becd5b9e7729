import { type Clock, systemClock } from "../shared/clock/index.ts";
import { loadConfig } from "../shared/config/index.ts";
import { prepareSchemes } from "../shared/digest/index.ts";
import type { AttestorError } from "../shared/errors/index.ts";
import { createOpsService, listen } from "../shared/http/index.ts";
import { createLogger, type Logger } from "../shared/log/index.ts";
import type { RunningService } from "../shared/process/index.ts";
import type { SqliteDatabase } from "../shared/sqlite/index.ts";
import { assemble, type ServiceParts } from "./assemble.ts";
import { type ChainServiceConfig, chainConfig } from "./config.ts";
import {
  controlSocket,
  createBackups,
  createControlService,
  listenControl,
  readReadiness,
  readStatus,
  resumeChain,
  resumeRoute,
  retryPacket,
} from "./control/index.ts";
import { exportStatus } from "./metrics.ts";
import { checkSigner } from "./pipeline/checkSigner.ts";
import type { Loop } from "./pipeline/loop.ts";
import { startLoops, watchRound } from "./pipeline/startLoops.ts";
import { rememberingClock } from "./rememberingClock.ts";

/** How long rounds in progress may take to end by themselves at a stop, in milliseconds. */
const grace = 4_000;

/** A running chain-service and the port of its ops listener, which the system chose if the configuration says 0. */
export interface ChainService extends RunningService {
  readonly ports: { readonly ops: number };
}

/**
 * Starts the chain-service. Returns once every chain has been asked for the first time; one that does not answer is
 * waited for in the background, its routes not ready.
 *
 * @throws AttestorError `config_invalid`, `database_in_use`, `database_unusable`, `database_damaged`, `port_in_use`, `setup_needed`; `rpc_wrong_chain`;
 * `contract_mismatch` if no route is left with the right contracts.
 */
export async function startChainService(
  configFile: string,
  deps: {
    readonly clock?: Clock;
    readonly logger?: Logger;
    /** Told about the open database, for tests that spoil it. */
    readonly opened?: (database: SqliteDatabase) => void;
  } = {},
): Promise<ChainService> {
  const config = loadConfig(configFile, chainConfig);
  prepareSchemes(config.routes.map(({ scheme }) => scheme));
  const clock = rememberingClock(deps.clock ?? systemClock);
  const logger = deps.logger ?? createLogger({ service: "chain", level: config.logLevel });
  const resources = new AsyncDisposableStack();
  const loops: Loop[] = [];
  try {
    const parts = assemble(configFile, config, { clock, logger, opened: deps.opened }, resources, () => stopAll(loops));
    const opsPort = await openDoors(config, parts, resources);
    await firstLook(parts);
    const ended = Promise.withResolvers<void>();
    ended.promise.catch(() => {}); // whoever runs the service listens; a test that does not must not fall over it
    loops.push(...startLoops(parts, (error) => ended.reject(error)));
    logger.info({ opsPort, routes: config.routes.map(({ name }) => name) }, "the chain-service runs");
    return {
      ports: { ops: opsPort },
      ended: ended.promise,
      async stop() {
        const enough = new AbortController();
        await Promise.race([stopAll(loops), clock.sleep(grace, enough.signal)]);
        enough.abort();
        await resources.disposeAsync();
        ended.resolve();
      },
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function stopAll(loops: readonly Loop[]): Promise<void> {
  await Promise.all(loops.map((loop) => loop.stop()));
}

/** Opens the listener for probes and scrapers and the operator's control socket. Returns the former's port. */
async function openDoors(config: ChainServiceConfig, parts: ServiceParts, resources: AsyncDisposableStack) {
  const { routes, store, board, screening, metrics, logger, clock } = parts;
  const collectors = config.collectors.map(({ name }) => name);
  const status = () => readStatus({ ...parts, collectors });
  exportStatus(metrics, status);

  const readiness = () => readReadiness({ board, screening });
  const ops = createOpsService({ logger, registry: metrics.registry, readiness });
  resources.defer(() => ops.close());
  const port = await listen(ops, config.ops, "ops.port");

  const backups = createBackups(store, { clock, logger });
  resources.defer(() => backups.cancel());
  const control = createControlService({
    store,
    backups,
    status,
    logger,
    rescans: parts.rescans,
    retry: (packet) => retryPacket({ store, clock, logger }, packet),
    resume(name) {
      const context = routes.find(({ route }) => route.name === name);
      resumeRoute({ store, clock, logger }, context);
    },
    resumeChain(name, acceptChange) {
      const chain = config.chains.find((candidate) => candidate.name === name);
      resumeChain({ store, clock, logger, board }, chain, acceptChange);
    },
  });
  resources.defer(() => control.close());
  await listenControl(control, controlSocket(config.stateFolder));
  return port;
}

/** One round on every chain before the service counts as started, so that a wrong configuration ends it at once. */
async function firstLook(parts: ServiceParts): Promise<void> {
  const looks = parts.chains.map((watched) => watchRound(parts, watched, 0));
  const results = await Promise.allSettled([...looks, checkSigner(parts), parts.newest.look()]);
  const fault = results.find((result) => result.status === "rejected");
  if (fault) throw fault.reason as AttestorError;
  const mismatches = parts.routes.map(({ progress }) => progress.mismatch);
  const [first] = mismatches;
  if (first && mismatches.every((mismatch) => mismatch !== undefined)) throw first;
}
