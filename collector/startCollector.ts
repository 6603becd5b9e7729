import { type Clock, systemClock } from "../shared/clock/index.ts";
import { loadConfig } from "../shared/config/index.ts";
import { prepareSchemes } from "../shared/digest/index.ts";
import { createOpsService, type HttpService, listen } from "../shared/http/index.ts";
import { createLogger, type Logger } from "../shared/log/index.ts";
import type { RunningService } from "../shared/process/index.ts";
import { followTlsIdentity } from "../shared/tls/index.ts";
import { collectorConfig } from "./config.ts";
import { openStore } from "./databaseSettings.ts";
import { createFeed, createFollowers, createSlots } from "./follow/index.ts";
import { createCollectorMetrics } from "./metrics.ts";
import { createReceiver } from "./receive.ts";
import { createRegistry } from "./registry.ts";
import { createAttestorServer } from "./servers/attestorServer.ts";
import { createPublicServer } from "./servers/publicServer.ts";
import type { Store } from "./store/index.ts";

export interface RunningCollector extends RunningService {
  /** The ports that the listeners have, also where the configuration leaves the choice to the system. */
  readonly ports: { readonly attestors: number; readonly public: number; readonly ops: number };
}

/** Most connections of readers who do not follow events. */
const otherReaders = 4_000;

/**
 * Starts the collector that `configFile` describes and returns once all its listeners answer.
 *
 * @throws AttestorError `config_invalid`, `database_in_use`, `database_unusable`, `failed` if PostgreSQL does not answer,
 * `port_in_use`.
 */
export async function startCollector(
  configFile: string,
  deps: { clock?: Clock; logger?: Logger } = {},
): Promise<RunningCollector> {
  const config = loadConfig(configFile, collectorConfig);
  const { clock = systemClock, logger = createLogger({ service: "collector", level: config.logLevel }) } = deps;
  await using begun = new AsyncDisposableStack();
  const identity = begun.use(followTlsIdentity({ files: config.tls, configFile, clock, logger }));
  const store = await openStore(configFile, config.database);
  const metrics = createCollectorMetrics(store);
  prepareSchemes(config.registry.map(({ scheme }) => scheme));
  const registry = createRegistry(config);
  const feed = createFeed({ registry, store });
  const slots = createSlots({ most: config.public.followers, mostEach: config.public.followersPerAddress });
  const followers = createFollowers({ feed, instance: store.instance, slots });
  metrics.observeFollowers(() => followers.count);
  metrics.observeCertificate(identity);
  const receive = createReceiver({ store, metrics, logger, clock });
  const state = { stopping: false };

  const services = {
    attestors: createAttestorServer({
      identity,
      registry,
      store,
      receive,
      verulinkBase: config.verulinkBase,
      clock,
      logger,
    }),
    public: createPublicServer({
      registry,
      store,
      followers,
      perMinute: config.public.rate.perMinute,
      proxies: config.public.proxies,
      mostConnections: config.public.followers + otherReaders,
      logger,
    }),
    ops: createOpsService({ logger, registry: metrics.registry, readiness: () => readiness(state.stopping, store) }),
  };
  const ended = Promise.withResolvers<void>();
  const running = new AsyncDisposableStack();
  const stop = async () => {
    state.stopping = true;
    await closeAll(services, store);
    await running.disposeAsync();
    ended.resolve();
  };
  try {
    await reportConflicts(store, logger);
    const ports = {
      attestors: await listen(services.attestors, config.listen, "listen"),
      public: await listen(services.public, config.public, "public"),
      ops: await listen(services.ops, config.ops, "ops"), // last: from now on it says ready
    };
    logger.info({ ports, routes: config.registry.length, clients: config.clients.length }, "the collector is ready");
    running.use(begun.move());
    return { ports, stop, ended: ended.promise };
  } catch (error) {
    await closeAll(services, store);
    throw error;
  }
}

function readiness(stopping: boolean, store: Store) {
  const reasons = [stopping ? "it is stopping" : undefined, store.fault()].filter((reason) => reason !== undefined);
  return { ready: reasons.length === 0, reasons };
}

/** Requests in progress end first; then nothing uses the store any more. */
async function closeAll(services: Record<string, HttpService>, store: Store): Promise<void> {
  await Promise.all(Object.values(services).map((service) => service.close()));
  await store.close();
}

/** An alarm must survive a restart. */
async function reportConflicts(store: Store, logger: Logger): Promise<void> {
  const conflicts = (await store.conflicts()).length;
  if (conflicts > 0) logger.error({ conflicts }, "ALARM: attestors contradicted themselves; the evidence is on record");
}
