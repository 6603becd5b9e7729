import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { type ChainService, type ControlAnswer, controlRequest, startChainService } from "../../../chain/index.ts";
import { type Clock, systemClock } from "../../../shared/clock/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { bridgeIds, evmIds, latestHeight, makeFinal, type TestBridge } from "./bridge.ts";
import { type CollectorDouble, type SignerDouble, startCollectorDouble, startSignerDouble } from "./peers.ts";
import { type RpcProxy, startRpcProxy } from "./rpcProxy.ts";
import { until } from "./until.ts";

/** Plain data of a chain.yaml, open for a test to change. */
// biome-ignore lint/suspicious/noExplicitAny: a test spoils it on purpose
export type ChainSettings = Record<string, any>;

/** A packet as the control socket shows it. */
export interface ShownPacket {
  readonly sequence: string;
  readonly state: string;
  readonly verdict: { readonly result: string; readonly version: string } | null;
  readonly findings: readonly object[];
  readonly reason: { readonly code: string; readonly text: string } | null;
  readonly defect: string | null;
  readonly attestation: { readonly signature: string; readonly verdict: { readonly result: string } } | null;
  readonly execution: { readonly packetHash: string; readonly vote: string | null } | null;
  readonly deliveries: readonly { readonly collector: string; readonly state: string; readonly attempts: unknown }[];
  readonly times: Readonly<Record<string, string>>;
}

/** A chain-service of one route between the chains of a test bridge, with its own folder, peers and providers. */
export interface ChainWorld {
  readonly pki: TestPki;
  readonly signer: SignerDouble;
  readonly collector: CollectorDouble;
  readonly sourceRpc: RpcProxy;
  readonly destinationRpc: RpcProxy;
  readonly settings: ChainSettings;
  readonly listFile: string;
  /** Everything that was logged, over restarts. */
  readonly log: readonly string[];
  readonly stateFolder: string;
  readonly configFile: string;
  /** Writes the settings and starts; stops what was started before. */
  start(clock?: Clock): Promise<ChainService>;
  /** The open database of the service that was started last, for tests that spoil it. */
  database(): SqliteDatabase;
  /** Starts a second service with these settings beside the first; for starts that are refused. */
  startAnother(settings: ChainSettings): Promise<ChainService>;
  /** Runs the service as a process of its own, as `attestor chain` does. */
  spawn(options?: readonly string[]): ChildProcess;
  stop(): Promise<void>;
  control(method: "GET" | "POST", url: string): Promise<ControlAnswer>;
  packet(sequence: bigint): Promise<ShownPacket | undefined>;
  /** Waits until a packet is in that state. */
  reaches(sequence: bigint, state: string): Promise<ShownPacket>;
  ready(): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>;
  /** Waits until nothing is wrong: one exchange that takes too long on a busy machine is no fault. */
  becomesReady(): Promise<void>;
  /** Waits until one of the reasons for not being ready matches. */
  complains(reason: RegExp): Promise<string>;
  metrics(): Promise<string>;
  /** Every byte of the state folder and the log, as text. */
  everythingWritten(): string;
  close(): Promise<void>;
}

const commandFile = path.join(import.meta.dirname, "../../../cli/main.ts");
const flagged = "0x000000000000000000000000000000000000dEaD";

/** The route starts behind everything that has happened on the bridge so far. */
export async function createChainWorld(bridge: TestBridge): Promise<ChainWorld> {
  await makeFinal(bridge.source);
  const startHeight = (await latestHeight(bridge.source)) - 1;
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-chain-"));
  const pki = await createTestPki(path.join(folder, "tls"));
  const [signer, collector, sourceRpc, destinationRpc] = await Promise.all([
    startSignerDouble(pki),
    startCollectorDouble(pki),
    startRpcProxy(bridge.source.url),
    startRpcProxy(bridge.destination.url),
  ]);
  const identity = await pki.clientIdentity("chain-service");
  const listFile = path.join(folder, "screening.txt");
  writeFileSync(listFile, `# version: 2026-01\n${flagged}\n`);
  const stateFolder = path.join(folder, "state");
  const chain = (name: string, chainId: bigint, evmChainId: number, { url }: RpcProxy) => ({
    name,
    family: "evm",
    chainId: chainId.toString(),
    evmChainId,
    providers: [{ label: `${name}-node`, url }],
    singleSource: "accepted",
    finality: "finalized",
    pollInterval: "100ms",
    maximumRange: 1000,
  });
  const place = (index: 0 | 1) => ({
    bridge: bridge.sides[index].bridge,
    tokenService: bridge.sides[index].tokenService,
  });
  const settings: ChainSettings = {
    service: "chain",
    ops: { host: "127.0.0.1", port: 0 },
    stateFolder: "state",
    logLevel: "debug",
    tls: identity.files,
    chains: [
      chain("alpha", bridgeIds.source, evmIds.source, sourceRpc),
      chain("beta", bridgeIds.destination, evmIds.destination, destinationRpc),
    ],
    routes: [
      {
        name: "alpha-to-beta",
        deployment: "local",
        source: { chain: "alpha", ...place(0), startHeight },
        destination: { chain: "beta", ...place(1) },
        scheme: "verulink-evm",
        attestor: signer.address,
        wait: "0s",
      },
    ],
    screening: [{ kind: "list", name: "test-list", list: "screening.txt" }],
    signer: { url: signer.url, pin: signer.pin, timeout: "30s" },
    collectors: [{ name: "main", url: collector.url, pin: collector.pin, timeout: "30s" }],
  };

  const children: ChildProcess[] = [];
  const log: string[] = [];
  const logger = createLogger({ service: "chain", level: "debug" }, { write: (line: string) => log.push(line) });
  const configFile = path.join(folder, "chain.yaml");
  let service: ChainService | undefined;
  let database: SqliteDatabase | undefined;
  const stop = async () => {
    await service?.stop();
    service = undefined;
  };
  const control = (method: "GET" | "POST", url: string) => controlRequest(stateFolder, method, url);
  const packet = async (sequence: bigint) => {
    const { status, body } = await control("GET", `/v1/packets/1/2/${sequence}`);
    return status === 200 ? (body as ShownPacket) : undefined;
  };
  const ops = async (where: string) => {
    if (!service) throw new Error("the service is not started");
    return fetch(`http://127.0.0.1:${service.ports.ops}${where}`);
  };
  const ready = async () => (await ops("/readyz")).json() as Promise<{ ready: boolean; reasons: string[] }>;
  return {
    pki,
    signer,
    collector,
    sourceRpc,
    destinationRpc,
    settings,
    listFile,
    log,
    stateFolder,
    configFile,
    async start(clock = systemClock) {
      await stop();
      writeFileSync(configFile, stringify(settings));
      service = await startChainService(configFile, {
        clock,
        logger,
        opened(open) {
          database = open;
        },
      });
      return service;
    },
    database() {
      if (!database) throw new Error("the service is not started");
      return database;
    },
    async startAnother(others) {
      const otherFile = path.join(folder, "another.yaml");
      writeFileSync(otherFile, stringify(others));
      const other = await startChainService(otherFile, { logger });
      await other.stop();
      return other;
    },
    spawn(options = []) {
      writeFileSync(configFile, stringify(settings));
      const child = spawn(process.execPath, [...options, commandFile, "chain", "--config", configFile]);
      child.stdout.on("data", (chunk: Buffer) => log.push(chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => log.push(chunk.toString()));
      children.push(child);
      return child;
    },
    stop,
    control,
    packet,
    reaches: (sequence, state) =>
      until(`packet ${sequence} to be ${state}`, async () => {
        const shown = await packet(sequence);
        return shown?.state === state ? shown : undefined;
      }),
    ready,
    async becomesReady() {
      await until("the service to be ready", async () => (await ready()).ready);
    },
    complains: (reason) =>
      until(`the reason ${reason}`, async () => (await ready()).reasons.find((found) => reason.test(found))),
    metrics: async () => (await ops("/metrics")).text(),
    everythingWritten: () => {
      const files = existsSync(stateFolder) ? readdirSync(stateFolder).filter((file) => file.includes(".sqlite")) : [];
      return [...files.map((file) => readFileSync(path.join(stateFolder, file), "latin1")), ...log].join("\n");
    },
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await stop();
      await Promise.all([signer.close(), collector.close(), sourceRpc.down(), destinationRpc.down()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An address that the test list flags. */
export const listedAddress = flagged;
