import { mkdirSync } from "node:fs";
import path from "node:path";
import { AttestorError, faultName } from "../shared/errors/index.ts";
import type { Logger } from "../shared/log/index.ts";
import type { SqliteDatabase } from "../shared/sqlite/index.ts";
import { createPinnedClient, followTlsIdentity } from "../shared/tls/index.ts";
import { createBoard } from "./board.ts";
import type { ChainServiceConfig } from "./config.ts";
import { openCollector } from "./delivery/index.ts";
import { createDisputeFile } from "./evidence/index.ts";
import { type ChainMetrics, createChainMetrics, exportCertificate } from "./metrics.ts";
import { createGroupCommit } from "./pipeline/groupCommit.ts";
import { openRoutes } from "./pipeline/openRoutes.ts";
import { createRescans } from "./pipeline/rescans.ts";
import { createNewestShowing } from "./pipeline/showNewest.ts";
import type { LoopParts } from "./pipeline/startLoops.ts";
import type { WatchedChain } from "./pipeline/watchChain.ts";
import type { RememberingClock } from "./rememberingClock.ts";
import { type CallContract, openScreening } from "./screening/index.ts";
import { createSignerClient } from "./signerClient/index.ts";
import { type ChainObserver, openChain } from "./source/index.ts";
import { openStore, type Store } from "./store/index.ts";
import { type Stopwatch, timed } from "./timed.ts";

/** Everything that the service consists of, connected and at rest. */
export interface ServiceParts extends LoopParts {
  readonly store: Store;
  readonly metrics: ChainMetrics;
}

interface AssembleParts {
  readonly clock: RememberingClock;
  readonly logger: Logger;
  /** Told about the open database. */
  readonly opened?: ((database: SqliteDatabase) => void) | undefined;
}

/**
 * Builds the service's parts. Opens the database and dials nothing.
 *
 * @param resources gets what has to be closed again, last opened first.
 * @param workEnds resolves when no round of work is in progress; the database is closed after that.
 * @throws AttestorError `config_invalid`, `database_in_use`, `database_unusable`, `database_damaged`, `setup_needed`.
 */
export function assemble(
  configFile: string,
  config: ChainServiceConfig,
  { clock, logger, opened }: AssembleParts,
  resources: AsyncDisposableStack,
  workEnds: () => Promise<void>,
): ServiceParts {
  const identity = resources.use(followTlsIdentity({ files: config.tls, configFile, clock, logger }));
  const connect = (peer: string, { url, pin, timeout }: ChainServiceConfig["signer"]) =>
    createPinnedClient({ peer, baseUrl: url, identity, pin, timeoutMs: timeout });

  const metrics = createChainMetrics();
  exportCertificate(metrics, identity);
  const watch = (kind: string): Stopwatch => ({
    depth: 0,
    spent: (seconds) => metrics.workSeconds.inc({ kind }, seconds),
  });
  const store = timedStore(openState(config, opened), watch("store"));
  const together = createGroupCommit(store);
  resources.defer(() => store.close());
  resources.defer(workEnds);
  const board = createBoard(logger);

  const keepDispute = createDisputeFile(config.stateFolder, { clock, logger });
  const observer: ChainObserver = {
    ...metrics.providers,
    dispute(dispute) {
      metrics.providers.dispute(dispute);
      keepDispute(dispute);
    },
  };
  const chains: WatchedChain[] = config.chains.map((entry) => {
    const chain = openChain(entry, observer, clock);
    resources.defer(() => chain.close());
    return { config: entry, chain, heads: undefined, anchored: false };
  });
  const routes = openRoutes(configFile, config, chains, { store, together, clock, logger, board, metrics });
  const contractsOn = (name: string) => callAtFinalBlock(chains.find((watched) => watched.config.name === name));
  const screening = openScreening(config.screening, { clock, logger, contractsOn });
  const signer = timed(createSignerClient(connect("signer", config.signer)), watch("signer"));
  resources.defer(() => signer.close());
  const deliveries = config.collectors.map((entry) => {
    const collector = timed(openCollector(entry, connect(`collector ${entry.name}`, entry)), watch("delivery"));
    resources.defer(() => collector.close());
    return { collector, pollMs: entry.poll, store, together, clock, logger, board, metrics };
  });
  const rescans = createRescans(routes, config.rescan, { clock, logger, metrics });
  resources.defer(() => rescans.cancel());
  const newest = createNewestShowing({ signer, store, routes, board, logger });
  const archiveAfterMs = config.archive.after;
  return {
    rescans,
    archiveAfterMs,
    chains,
    routes,
    deliveries,
    screening,
    signer,
    newest,
    board,
    clock,
    logger,
    store,
    metrics,
  };
}

/** A backup copies for long beside everything else, so it does not count. */
function timedStore(store: Store, stopwatch: Stopwatch): Store {
  const { chains, routes, packets, requests, work, outbox, backUp, ...own } = store;
  const tables = { chains, routes, packets, requests, work, outbox };
  const timedTables = Object.entries(tables).map(([name, table]) => [name, timed(table, stopwatch)]);
  return { ...timed(own, stopwatch), backUp, ...(Object.fromEntries(timedTables) as typeof tables) };
}

/** Calls contracts as of the newest final block that is known; without one there is no answer. */
function callAtFinalBlock(watched: WatchedChain | undefined): CallContract {
  return async ({ to, data }) => {
    const height = watched?.heads?.final.height;
    if (!watched || height === undefined) {
      const reason = "it has no final block yet";
      throw new AttestorError("rpc_answer_unusable", { chain: watched?.config.name ?? "", provider: "any", reason });
    }
    return { answer: await watched.chain.call(to, data, height), height };
  };
}

/** The state folder is the service user's own (mode 0700 where it is made here). */
function openState(config: ChainServiceConfig, opened: AssembleParts["opened"]): Store {
  const { stateFolder, collectors } = config;
  try {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AttestorError("setup_needed", {
      reason: `stateFolder: ${stateFolder} cannot be made (${faultName(error)})`,
    });
  }
  return openStore(
    path.join(stateFolder, "chain.sqlite"),
    collectors.map(({ name }) => name),
    opened,
  );
}
