import path from "node:path";
import { type Keeper, startKeeper as startHsmKeeper } from "../hsm/index.ts";
import { type Clock, systemClock } from "../shared/clock/index.ts";
import { loadConfig } from "../shared/config/index.ts";
import { AttestorError } from "../shared/errors/index.ts";
import { createOpsService, listen, type Readiness } from "../shared/http/index.ts";
import { createLogger, type Logger } from "../shared/log/index.ts";
import type { RunningService } from "../shared/process/index.ts";
import { addressOfKey } from "../shared/signature/index.ts";
import { followTlsIdentity } from "../shared/tls/index.ts";
import { createAttestor, type SigningKey } from "./attest.ts";
import { keepCheckpoints, keepDenialCounts, recordStart, recordStop } from "./audit/index.ts";
import { type KeyConfig, keySpecsOf, type SignerConfig, signerConfig } from "./config.ts";
import { lackOfRoom, lookNowAndThen, freeBytes as systemFreeBytes } from "./diskRoom.ts";
import {
  clientRights,
  createClockGuard,
  createGate,
  createGateDesk,
  createRateRule,
  createStatefulGate,
  denyListRule,
  type GateSwitches,
  gateObstacles,
  type MonotonicClock,
  noticeObstacles,
  pauseFileIn,
  pendingCounts,
  routeRule,
  statefulRules,
  systemMonotonicClock,
} from "./gate/index.ts";
import { ledgerIn } from "./ledger/index.ts";
import { refuseOtherLedger, takenOver, takenOverRule } from "./ledgerBinding.ts";
import { createLoad } from "./load.ts";
import { createSignerMetrics } from "./metrics.ts";
import { type Newest, openNewest } from "./newest/index.ts";
import { alarmsInto, measuredKeeper, observedAttestor, observedRate } from "./observed.ts";
import { oncePerTurn } from "./oncePerTurn.ts";
import { openPolicy } from "./policy/index.ts";
import { createSignerServer } from "./server/index.ts";
import { refuseStandby } from "./standby/index.ts";
import { openState, type SignerState } from "./state/index.ts";

export interface RunningSigner extends RunningService {
  /** The ports that are listened on, which the system chose where the configuration says 0. */
  readonly ports: { readonly listen: number; readonly ops: number };
}

export interface SignerDependencies {
  readonly clock?: Clock;
  /** By default the machine's. */
  readonly monotonic?: MonotonicClock;
  readonly logger?: Logger;
  readonly startKeeper?: typeof startHsmKeeper;
  readonly freeBytes?: typeof systemFreeBytes;
}

/**
 * Starts the signing daemon: opens the ledger, starts the keeper, has every key prove itself, and only then listens for
 * requests. `stop` finishes the requests in progress and refuses new ones before it closes the keeper and the ledger.
 *
 * @throws AttestorError `config_invalid`, `database_missing` (a lost ledger is never replaced silently),
 * `database_in_use`, `ledger_mismatch`, `port_in_use`, and whatever keeps the keeper from signing with a configured key.
 */
export async function startSigner(configFile: string, dependencies: SignerDependencies = {}): Promise<RunningSigner> {
  const config = loadConfig(configFile, signerConfig);
  const { clock = systemClock, monotonic = systemMonotonicClock() } = dependencies;
  const { startKeeper = startHsmKeeper, freeBytes = systemFreeBytes } = dependencies;
  const logger = dependencies.logger ?? createLogger({ service: "signer", level: config.logLevel });
  const metrics = createSignerMetrics();
  let readiness = (): Readiness => ({ ready: false, reasons: ["starting"] });

  await using begun = new AsyncDisposableStack();
  const identity = begun.use(followTlsIdentity({ files: config.tls, configFile, clock, logger }));
  const ops = createOpsService({ logger, registry: metrics.registry, readiness: () => readiness() });
  begun.defer(() => ops.close());
  const opsPort = await listen(ops, config.ops, "ops.port");

  const howToCreate = `If it was there before, do not create another: docs/restore.md. Create it once, when the keys are new: attestor ledger init --config ${configFile}`;
  const state = openState(config.ledger, clock, howToCreate);
  begun.defer(() => state.close());
  refuseStandby(state);
  const ledger = ledgerIn(state);
  const policies = await openPolicy({ state, file: config.policy, keys: config.keys, clock, logger });
  const policyVersion = () => `${policies.current().policy.version}`;

  const keeper = await startKeeper({
    keys: keySpecsOf(config),
    stateFolder: config.stateFolder,
    sessions: config.keeper.sessions,
    callDeadlineMs: config.keeper.callDeadline,
    idleProbeMs: config.keeper.idleProbe,
    ...(config.keeper.socket && { socket: config.keeper.socket }),
    logger,
  });
  begun.defer(() => keeper.close());
  const auditKey = { name: config.audit.key.name, address: addressOf(config.audit.key) };
  refuseOtherLedger(keeper.keys(), auditKey.name, state, logger);
  const keys = await provedKeys(config, keeper);
  await keeper.prove(auditKey.name);

  const gate = createGate(({ denyList }) => [clientRights, routeRule, denyListRule(denyList)]);
  const alarms = alarmsInto(metrics, logger);
  const guard = createClockGuard(clock, monotonic, alarms);
  const pauseFile = pauseFileIn(config.stateFolder);
  const rules = statefulRules({ ledger, policy: () => policies.current().policy, pauseFile, alarms });
  const newest = await openNewest({ state, policies, keys, alarms });
  const readable = <T>(read: () => T): T | undefined => (state.fault() ? undefined : read());
  const load = createLoad(monotonic);
  state.gather(() => load.inFlight());
  metrics.observe({
    requestsInFlight: () => load.inFlight(),
    keeperStatus: () => keeper.status(),
    custodies: () => keeper.keys().map(({ custody }) => custody),
    ledgerRows: () => ledger.rows(),
    pendingHolds: () => readable(() => state.read((database) => pendingCounts(database, clock.now()))),
    policyVersion: () => policies.current().policy.version,
    missingClients: () => newest.missing().length,
    rollbackProofs: () => readable(() => newest.proofs().length),
    identity,
  });
  const diskLack = lookNowAndThen(() => lackOfRoom(path.dirname(config.ledger), freeBytes), monotonic);
  const takenOverNow = oncePerTurn(() => takenOver(keeper.keys(), auditKey.name, state));
  const obstacle = oncePerTurn(() => diskLack() ?? takenOverNow());
  const flow = createAttestor({
    policies,
    gate,
    statefulGate: createStatefulGate(guard, [takenOverRule(takenOverNow), ...newest.rules, ...rules]),
    state,
    ledger,
    keeper: load.watch(measuredKeeper(keeper, metrics)),
    load,
    keys,
    obstacle,
    policyVersion,
  });
  await state.decide((transaction) => noticeObstacles(transaction, { guard, pauseFile }));
  const attestor = observedAttestor(flow, metrics, logger);
  await recordStart(state, { policy: policyVersion(), policyHash: policies.current().hash, keys: keys.values() });
  const { checkpoints: file, records, interval } = config.audit;
  begun.use(keepCheckpoints({ state, keeper, key: auditKey, file, records, interval, clock, logger }));
  begun.defer(() => recordStop(state, logger));
  begun.use(keepDenialCounts({ state, clock, logger }));
  begun.defer(() => attestor.idle());
  const server = createSignerServer({
    identity,
    policies,
    keys: keys.values(),
    attestor,
    state,
    ledger,
    newest,
    readiness: () => readiness(),
    rate: observedRate(createRateRule(monotonic), metrics, logger),
    clock,
    desk: createGateDesk({ state, guard, monotonic, pauseFile, policies }),
    logger,
  });
  begun.defer(() => server.close());
  const port = await listen(server, config.listen, "listen.port");

  readiness = () => readinessOf(keeper, state, newest, { guard, pauseFile }, obstacle());
  const { start } = newest;
  logger.info({ port, opsPort, start, keys: [...keys.keys()], ledger: ledger.rows() }, "listening");

  const running = begun.move();
  const ended = Promise.withResolvers<void>();
  return {
    ports: { listen: port, ops: opsPort },
    ended: ended.promise,
    async stop() {
      readiness = () => ({ ready: false, reasons: ["stopping"] });
      await running.disposeAsync();
      ended.resolve();
    },
  };
}

/** Each configured key signs a challenge under the configured public key, or the signer does not start. */
async function provedKeys(config: SignerConfig, keeper: Keeper): Promise<Map<string, SigningKey>> {
  const proved = new Map<string, SigningKey>();
  for (const key of config.keys) {
    await keeper.prove(key.name);
    proved.set(key.name, { ...key, address: addressOf(key), custody: custodyOf(key, keeper) });
  }
  return proved;
}

function addressOf(key: Pick<KeyConfig, "name" | "publicKey">): string {
  const address = addressOfKey(key.publicKey);
  if (address !== undefined) return address;
  throw new AttestorError("key_missing", { key: key.name, reason: "its public key is not a point" });
}

function custodyOf(key: KeyConfig, keeper: Keeper): SigningKey["custody"] {
  const held = keeper.keys().find(({ name }) => name === key.name);
  if (!held) throw new AttestorError("key_missing", { key: key.name, reason: "the keeper does not hold it" });
  return held.custody;
}

/** Ready means: can sign now. */
function readinessOf(
  keeper: Keeper,
  state: SignerState,
  newest: Newest,
  switches: GateSwitches,
  obstacle: string | undefined,
): Readiness {
  const status = keeper.status();
  const fault = state.fault();
  const reasons = [
    ...(status.up ? [] : [`the keeper is down: ${status.reason ?? "no reason given"}`]),
    ...(fault ? [`the ledger cannot be used: ${fault}`] : []),
    ...(obstacle ? [obstacle] : []),
    ...(fault ? [] : state.read((database) => newest.obstacles(database))),
    ...(fault ? [] : state.read((database) => gateObstacles(database, switches))),
  ];
  return { ready: reasons.length === 0, reasons, ...sealedCustody(keeper) };
}

/** Whoever looks at a signer's health sees which of its keys sign outside the HSM; nothing is said where none does. */
function sealedCustody(keeper: Keeper): Pick<Readiness, "custody"> {
  const sealed = keeper.keys().filter(({ custody }) => custody === "sealed-software");
  return sealed.length === 0 ? {} : { custody: { "sealed-software": sealed.map(({ name }) => name) } };
}
