import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { startKeeper } from "../../hsm/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { createLogger, type Logger } from "../../shared/log/index.ts";
import { createPinnedClient, type PinnedClient, type TlsIdentity } from "../../shared/tls/index.ts";
import {
  createState,
  type RunningSigner,
  readPolicyFile,
  type SignerDependencies,
  startSigner,
} from "../../signer/index.ts";
import { type TestOperator, testOperator } from "./operator.ts";
import { createTestPki, type TestIdentity, type TestPki } from "./pki.ts";
import { showNewest } from "./showNewest.ts";
import { type TestKeeper, testKeeper, testKey } from "./testKeeper.ts";

const addresses = {
  one: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  two: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff",
} as const;

/** Two EVM chains, 1 and 2, with a route each way; client chain-a may use both, client chain-b the second only. */
const routeEnds = {
  one: { chainId: 1, family: "evm", tokenService: addresses.one },
  two: { chainId: 2, family: "evm", tokenService: addresses.two },
};

/** Plain data of a signer.yaml or policy.yaml, open for a test to change. */
// biome-ignore lint/suspicious/noExplicitAny: a test spoils it on purpose
export type Settings = Record<string, any>;

export interface SignerWorld {
  readonly folder: string;
  readonly configFile: string;
  readonly pki: TestPki;
  /** Everything that the signer logged. */
  readonly log: readonly string[];
  /** What the configuration file says. */
  readonly settings: Settings;
  readonly policyFile: string;
  /** What the first policy says. */
  readonly policy: Settings;
  /** Those in the first policy. */
  readonly operators: readonly TestOperator[];
  /** The keeper of the last start, if it was the test's own. */
  readonly keeper: TestKeeper;
  /**
   * Starts the daemon; stops what was started before.
   *
   * @param silent clients that show nothing after it; default none: all the others say that they hold nothing.
   */
  start(silent?: readonly string[]): Promise<RunningSigner>;
  /** Every client but these tells a signer, by default the running one, that it holds nothing. */
  showNothing(silent?: readonly string[], port?: number): Promise<void>;
  /** The running one. */
  readonly signer: RunningSigner;
  /** A client with a pinned key, or with any other identity; of the running signer or of one on another port. */
  client(identity?: string | TlsIdentity, port?: number): Promise<PinnedClient>;
  ops(path: string): Promise<Response>;
  close(): Promise<void>;
}

export interface SignerWorldOptions {
  /** Called with the settings before they are written. */
  readonly change?: (settings: Settings, pki: TestPki) => unknown;
  /** Called with the policy before it is written. */
  readonly changePolicy?: (policy: Settings, pki: TestPki) => unknown;
  /** Numbers of the test keys that `change` added, by name. */
  readonly keyNumbers?: Readonly<Record<string, number>>;
  /** Default the keeper with keys in memory. */
  readonly startKeeper?: typeof startKeeper;
  /** Default that there is room enough. */
  readonly freeBytes?: () => number;
  /** Default the machine's. */
  readonly clocks?: Pick<SignerDependencies, "clock" | "monotonic">;
}

/** A signer with its own folder, certificates, ledger and clients, listening on ports that the system chooses. */
export async function createSignerWorld(options: SignerWorldOptions = {}): Promise<SignerWorld> {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-signer-"));
  mkdirSync(path.join(folder, "state"));
  const pki = await createTestPki(path.join(folder, "tls"));
  const settings = signerSettings(pki);
  await options.change?.(settings, pki);
  const configFile = path.join(folder, "signer.yaml");
  writeFileSync(configFile, stringifyJson(settings, 2)); // JSON is YAML
  const operators = [await testOperator(pki, "olga"), await testOperator(pki, "otto")];
  const policy = await policySettings(pki, operators);
  await options.changePolicy?.(policy, pki);
  const policyFile = path.join(folder, "policy.yaml");
  writeFileSync(policyFile, stringifyJson(policy, 2));
  createState(path.join(folder, "ledger.sqlite"), "database", readPolicyFile(policyFile));

  const log: string[] = [];
  const logger = logInto(log);
  const clients: PinnedClient[] = [];
  let keeper: TestKeeper | undefined;
  let signer: RunningSigner | undefined;
  const ownKeeper: typeof startKeeper = async ({ keys }) => {
    keeper = testKeeper(keys, { "to-one": 1, "to-two": 2, audit: 9, ...options.keyNumbers });
    return keeper;
  };
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("nothing was started");
    return value;
  };
  const world: SignerWorld = {
    folder,
    configFile,
    pki,
    log,
    settings,
    policyFile,
    policy,
    operators,
    get keeper() {
      return present(keeper);
    },
    get signer() {
      return present(signer);
    },
    async start(silent = []) {
      await signer?.stop();
      const { startKeeper = ownKeeper, freeBytes = () => 2 ** 40 } = options;
      signer = await startSigner(configFile, { logger, startKeeper, freeBytes, ...options.clocks });
      await world.showNothing(silent);
      return signer;
    },
    async showNothing(silent = [], port) {
      for (const { name, pins, operations } of policy.clients) {
        if (silent.includes(name) || !operations.includes("attest") || !pki.pins.has(pins[0])) continue;
        const client = await world.client(name, port);
        await showNewest(client);
        client.close();
      }
    },
    async client(identity = "chain-a", port = present(signer).ports.listen) {
      const known = typeof identity === "string" ? await pki.clientIdentity(identity) : identity;
      const client = createPinnedClient({
        peer: "signer",
        baseUrl: `https://127.0.0.1:${port}`,
        identity: known,
        pin: pki.serverIdentity.pin,
        timeoutMs: 20_000,
      });
      clients.push(client);
      return client;
    },
    ops: (where) => fetch(`http://127.0.0.1:${present(signer).ports.ops}${where}`),
    async close() {
      for (const client of clients) client.close();
      await signer?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** The signer.yaml of {@link createSignerWorld}, with keys in memory. */
export function signerSettings(pki: TestPki): Settings {
  const keyPlace = (name: string, number: number) => ({
    name,
    uri: `pkcs11:token=t;serial=s;id=%0${number};object=${name}?module-path=/none.so&pin-source=file:/none`,
    publicKey: testKey(number).publicKey,
  });
  const attests = (destination: number) => ({ scheme: "verulink-evm", deployment: "local", destination });
  return {
    service: "signer",
    listen: { host: "127.0.0.1", port: 0 },
    ops: { host: "127.0.0.1", port: 0 },
    tls: pki.serverIdentity.files,
    ledger: "ledger.sqlite",
    stateFolder: "state",
    policy: "policy.yaml",
    keys: [
      { ...keyPlace("to-one", 1), ...attests(1) },
      { ...keyPlace("to-two", 2), ...attests(2) },
      { ...keyPlace("audit", 9), use: "audit" },
    ],
    audit: { key: "audit", checkpoints: "checkpoints.jsonl" },
  };
}

/** The policy.yaml of {@link createSignerWorld}. */
export async function policySettings(pki: TestPki, operators: readonly TestOperator[]): Promise<Settings> {
  const client = async (name: string, routes: string[]) => clientSettings(name, await pki.clientIdentity(name), routes);
  const route = { deployment: "local", scheme: "verulink-evm" };
  return {
    service: "policy",
    version: 1,
    operators: operators.map(({ settings }) => settings),
    clients: [await client("chain-a", ["one-to-two", "two-to-one"]), await client("chain-b", ["two-to-one"])],
    routes: [
      { ...route, name: "one-to-two", source: routeEnds.one, destination: routeEnds.two, key: "to-two" },
      { ...route, name: "two-to-one", source: routeEnds.two, destination: routeEnds.one, key: "to-one" },
    ],
  };
}

/** A client that may ask for attestations and read them, as often as it likes. */
export function clientSettings(name: string, { pin }: Pick<TestIdentity, "pin">, routes: readonly string[]): Settings {
  const rate = { perSecond: 100_000, burst: 100_000 };
  return { name, pins: [pin], routes: [...routes], schemes: ["verulink-evm"], operations: ["attest", "read"], rate };
}

function logInto(lines: string[]): Logger {
  const destination = { write: (line: string) => void lines.push(line) };
  return createLogger({ service: "signer", level: "debug" }, destination);
}
