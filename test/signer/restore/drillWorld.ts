import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startKeeper } from "../../../hsm/index.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { check } from "../../../shared/schema/index.ts";
import { type Attestation, attestationSchema, attestationToWire } from "../../../shared/wire/index.ts";
import { exportLedger, importLedger, type RunningSigner, startSigner } from "../../../signer/index.ts";
import { attestor } from "../../support/attestor.ts";
import { attestorHere } from "../../support/attestorHere.ts";
import { showNewest } from "../../support/showNewest.ts";
import type { Settings, SignerWorld } from "../../support/signerWorld.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { createHsmWorld } from "../hsmWorld.ts";
import { sampleRequest } from "../samples.ts";

/** What a signer said to a request, in what a drill looks at. */
export interface Said {
  readonly status: number;
  readonly code?: string | undefined;
  readonly rule?: string | undefined;
  readonly attestation?: Attestation | undefined;
}

/** A host with a signer of its own, over keys that another host's signer may have too. */
export interface Host {
  readonly configFile: string;
  readonly ledgerFile: string;
  readonly checkpointFile: string;
  /** Starts the signer; chain-b says that it holds nothing, and chain-a says nothing yet. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The attestation of that packet from chain 1 to chain 2 is asked for, by chain-a. */
  ask(sequence: bigint): Promise<Said>;
  /** What chain-a holds as its newest on that route. @returns the status of the answer. */
  show(newest: Attestation | undefined): Promise<number>;
  readiness(): Promise<readonly string[]>;
  /** Kills its keeper, which is then rebuilt. */
  killKeeper(): void;
  /** Writes the ledger's history into a file of that name. @returns the file. */
  export(name: string): string;
  /** Has the running signer ship its history into a file of that name, as an operator does. @returns the file. */
  ship(name: string): Promise<string>;
  import(file: string): Promise<void>;
  /** `attestor ledger …` with this host's configuration, against the token. */
  ledger(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** The id of its ledger. */
  init(...words: string[]): Promise<string>;
}

export interface DrillWorld {
  readonly hsm: SoftHsm;
  readonly world: SignerWorld;
  /** The host whose signer is meant to run. */
  readonly host: Host;
  /** Another host with the same clients and operators, and the same keys or those of another token. */
  otherHost(name: string, hsm?: SoftHsm): Host;
  /** Destroys the token with its keys. @returns another one, with keys of the same labels. */
  replaceToken(): Promise<SoftHsm>;
  at(name: string): string;
  close(): Promise<void>;
}

/** A signer whose ledger was made by `attestor ledger init`, so that the token names it. */
export async function createDrillWorld(): Promise<DrillWorld> {
  const { hsm, world } = await createHsmWorld();
  const at = (name: string) => path.join(world.folder, name);
  const hosts: Host[] = [];
  let replacement: SoftHsm | undefined;

  function hostWith(configFile: string, settings: Settings, environment: Readonly<Record<string, string>>): Host {
    let running: RunningSigner | undefined;
    const keepers: number[] = [];
    const write = (line: string) => {
      const { keeper } = JSON.parse(line) as { keeper?: unknown };
      if (typeof keeper === "number") keepers.push(keeper);
    };
    const logger = createLogger({ service: "signer", level: "info" }, { write });
    const [ledgerFile, checkpointFile] = [at(settings.ledger), at(settings.audit.checkpoints)];
    writeFileSync(configFile, stringifyJson(settings, 2));
    const port = () => {
      if (!running) throw new Error("this signer does not run");
      return running.ports;
    };
    const ledger = (...words: string[]) => attestor(["ledger", ...words, "--config", configFile], { environment });
    const host: Host = {
      ...{ configFile, ledgerFile, checkpointFile, ledger },
      async start() {
        running = await startSigner(configFile, {
          logger,
          freeBytes: () => 2 ** 40,
          startKeeper: (options) => startKeeper({ ...options, environment: { ...process.env, ...environment } }),
        });
        await world.showNothing(["chain-a"], running.ports.listen);
      },
      async stop() {
        await running?.stop();
        running = undefined;
      },
      async ask(sequence) {
        const client = await world.client("chain-a", port().listen);
        const request = attestationToWire(sampleRequest({ sequence }));
        const { status, body } = await client.request("POST", "/v1/attestations", request);
        const { code, rule, attestation } = body as { code?: string; rule?: string; attestation?: unknown };
        const given = attestation === undefined ? undefined : check(attestationSchema, attestation, "attestation");
        return { status, code, rule, attestation: given };
      },
      async show(newest) {
        const client = await world.client("chain-a", port().listen);
        return showNewest(client, ({ source }) => (source === "1" ? newest : undefined));
      },
      async readiness() {
        const answer = await fetch(`http://127.0.0.1:${port().ops}/readyz`);
        return ((await answer.json()) as { reasons: string[] }).reasons;
      },
      killKeeper() {
        process.kill(keepers.at(-1) ?? Number.NaN, "SIGKILL");
      },
      export(name) {
        const file = at(name);
        rmSync(file, { force: true });
        const options = { minimal: false, clock: systemClock };
        exportLedger(ledgerFile, options, (piece) => writeFileSync(file, piece, { flag: "a" }));
        return file;
      },
      async ship(name) {
        const [olga] = world.operators;
        const signer = { url: `https://127.0.0.1:${port().listen}`, pin: world.pki.serverIdentity.pin };
        writeFileSync(at("olga.yaml"), stringifyJson({ service: "operator", signer, tls: olga?.identity.files }));
        const words = ["--operator", at("olga.yaml"), "--out", at(name)];
        const { code, stderr } = await attestorHere(["ledger", "export", ...words]);
        if (code !== 0) throw new Error(stderr);
        return at(name);
      },
      async import(file) {
        await importLedger(ledgerFile, file, systemClock);
      },
      async init(...words) {
        const { code, stdout, stderr } = await ledger("init", "--json", ...words);
        if (code !== 0) throw new Error(stderr);
        return JSON.parse(stdout).ledger;
      },
    };
    hosts.push(host);
    return host;
  }

  rmSync(at("ledger.sqlite"));
  const host = hostWith(world.configFile, world.settings, hsm.env);
  await host.init();
  return {
    ...{ hsm, world, host, at },
    otherHost(name, token = hsm) {
      const settings: Settings = structuredClone(world.settings);
      for (const [index, { uri, publicKey }] of token.keys.entries()) {
        Object.assign(settings.keys[index], { uri, publicKey });
      }
      settings.ledger = `${name}.sqlite`;
      settings.stateFolder = `${name}-state`;
      settings.audit.checkpoints = `${name}.jsonl`;
      return hostWith(at(`${name}.yaml`), settings, token.env);
    },
    async replaceToken() {
      const tokens = path.join(hsm.folder, "tokens");
      rmSync(tokens, { recursive: true });
      mkdirSync(tokens);
      replacement = await createSoftHsm({ keys: hsm.keys.map(({ label, id }) => ({ label, id })) });
      return replacement;
    },
    async close() {
      for (const each of hosts) await each.stop();
      await world.close();
      hsm.remove();
      replacement?.remove();
    },
  };
}
