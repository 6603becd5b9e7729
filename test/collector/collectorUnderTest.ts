import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { type RequestOptions, request as tlsRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { type RunningCollector, startCollector } from "../../collector/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import type { TlsIdentity } from "../../shared/tls/index.ts";
import { createTestPki, type TestPki } from "../support/pki.ts";
import { attestors } from "./attestors.ts";
import { aleoChain, aleoService, evmBridge, evmChain, evmService, someone } from "./packets.ts";

/** Every member that a test looks at. Each answer has some of them; a missing one is undefined and fails the test. */
export interface AnswerBody {
  readonly stored: boolean;
  readonly message: string;
  readonly deployment: string;
  readonly packet: { readonly sequence: string };
  readonly status: string;
  readonly quorum: Record<"required" | "white" | "flagged" | "other", number>;
  readonly attestations: readonly Record<"signer" | "signature" | "packetHash" | "packet", string>[];
  readonly call: Record<"chainId" | "to" | "function" | "data", string>;
  readonly packets: readonly AnswerBody[];
  readonly next: string | null;
  readonly requests: readonly Record<"sequence" | "deployment" | "height", string>[];
  readonly data: readonly object[];
  readonly detail: string;
}

/** An answer: its media type without parameters, its JSON read with plain JSON.parse: our own answers hold no number beyond 2^53. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: AnswerBody;
}

export interface CollectorUnderTest {
  readonly pki: TestPki;
  readonly folder: string;
  readonly configFile: string;
  /** Every line that the collector has logged, over restarts. */
  readonly log: readonly Record<string, unknown>[];
  running(): RunningCollector;
  /** Posts as the client that may write for that attestor. */
  postAs(attestorIndex: number, path: string, body: unknown): Promise<Answer>;
  /** Sends to the attestors' listener as anyone. */
  send(identity: TlsIdentity, request: RawRequest): Promise<Answer>;
  /** Reads from the public listener. */
  read(path: string): Promise<Answer>;
  /** Reads from the ops listener. */
  ops(path: string): Promise<{ status: number; text: string }>;
  restart(): Promise<void>;
  /** Starts it again after a test stopped the running one. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** Sent as it is if a string, as JSON otherwise. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly tls?: RequestOptions;
}

/** Client `client-N` may write for attestor N; attestors 0 to 2 serve alpha, 3 to 5 serve beta. */
export function clientName(attestorIndex: number): string {
  return `client-${attestorIndex}`;
}

export interface RegistryEntry {
  readonly deployment: string;
  readonly source: { chainId: bigint; family: string; tokenService: string };
  readonly destination: { chainId: bigint; family: string; tokenService: string; bridge: string };
  readonly scheme: string;
  readonly quorum: number;
  readonly attestors: readonly string[];
  readonly successors?: readonly { attestor: string; succeeds: string; fromSequence: bigint }[];
}

/** Alpha and beta over the same chains, each with three attestors and a quorum of two. */
function twoDeployments(): RegistryEntry[] {
  const entry = (deployment: string, bridge: string, served: typeof attestors): RegistryEntry => ({
    deployment,
    source: { chainId: aleoChain, family: "aleo", tokenService: aleoService },
    destination: { chainId: evmChain, family: "evm", tokenService: evmService, bridge },
    scheme: "verulink-evm",
    quorum: 2,
    attestors: served.map(({ address }) => address),
  });
  return [entry("alpha", evmBridge, attestors.slice(0, 3)), entry("beta", someone, attestors.slice(3))];
}

/** Settings besides the usual ones. */
export interface CollectorSettings {
  readonly public?: object;
  /** Default a SQLite file in the collector's folder. */
  readonly database?: unknown;
}

/** Starts a real collector: TLS on loopback, SQLite in a new folder, a client for each attestor. */
export async function startCollectorUnderTest(
  registry: RegistryEntry[] = twoDeployments(),
  settings: CollectorSettings = {},
): Promise<CollectorUnderTest> {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-collector-"));
  const pki = await createTestPki(path.join(folder, "tls"));
  const configFile = path.join(folder, "collector.yaml");
  const clients = await Promise.all(
    attestors.map(async ({ address }, index) => {
      const { pin } = await pki.clientIdentity(clientName(index));
      return { name: clientName(index), pins: [pin], attestors: [address] };
    }),
  );
  const anywhere = { host: "127.0.0.1", port: 0 };
  const config = {
    service: "collector",
    listen: anywhere,
    public: { ...anywhere, rate: { perMinute: 100_000 }, ...settings.public },
    ops: anywhere,
    tls: pki.serverIdentity.files,
    database: settings.database ?? "collector.sqlite",
    logLevel: "info",
    clients: clients.filter(({ attestors: [own = ""] }) =>
      registry.some(
        (entry) => entry.attestors.includes(own) || entry.successors?.some((successor) => successor.attestor === own),
      ),
    ),
    council: { pins: [(await pki.clientIdentity("council")).pin] },
    registry,
  };
  writeFileSync(
    configFile,
    stringify(config, { aliasDuplicateObjects: false, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }),
  );

  const log: Record<string, unknown>[] = [];
  const logger = createLogger({ service: "collector", level: "info" }, { write: (line) => log.push(JSON.parse(line)) });
  let running = await startCollector(configFile, { logger });

  const send = (identity: TlsIdentity, request: RawRequest) =>
    exchange(tlsRequest, {
      ...request,
      port: running.ports.attestors,
      tls: { agent: false, cert: identity.certificate, key: identity.key, ca: identity.peerAuthority, ...request.tls },
    }).then(toAnswer);

  return {
    pki,
    folder,
    configFile,
    log,
    running: () => running,
    send,
    postAs: async (index, target, body) =>
      send(await pki.clientIdentity(clientName(index)), { method: "POST", path: target, body }),
    read: (target) => exchange(plainRequest, { path: target, port: running.ports.public }).then(toAnswer),
    ops: (target) => exchange(plainRequest, { path: target, port: running.ports.ops }),
    start: async () => {
      running = await startCollector(configFile, { logger });
    },
    restart: async () => {
      await running.stop();
      running = await startCollector(configFile, { logger });
    },
    close: async () => {
      await running.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function toAnswer({ status, type, text }: RawAnswer): Answer {
  return { status, type: type.split(";")[0] ?? "", body: JSON.parse(text) as AnswerBody };
}

function exchange(
  open: typeof plainRequest | typeof tlsRequest,
  { method = "GET", path: target, body, headers = {}, tls = {}, port }: RawRequest & { port: number },
): Promise<RawAnswer> {
  const payload = typeof body === "string" ? body : body === undefined ? undefined : stringifyJson(body);
  return new Promise((resolve, reject) => {
    const outgoing = open(
      {
        host: "127.0.0.1",
        port,
        method,
        path: target,
        agent: false,
        headers: { ...(payload === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...tls,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            type: incoming.headers["content-type"] ?? "",
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}
