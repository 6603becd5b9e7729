import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { addressOfPublicKey, publicKeyFromHex } from "../../../../shared/ecdsa/index.ts";
import { AttestorError } from "../../../../shared/errors/index.ts";
import { createLogger } from "../../../../shared/log/index.ts";
import type { AttestationRequest } from "../../../../shared/wire/index.ts";
import { type Attestor, createAttestor, type SigningKey } from "../../../../signer/attest.ts";
import type { KeyConfig } from "../../../../signer/config.ts";
import {
  type ClockGuard,
  clientRights,
  createClockGuard,
  createGate,
  createGateDesk,
  createStatefulGate,
  denyListRule,
  type GateDesk,
  noticeObstacles,
  type Outcome,
  pauseFileIn,
  routeRule,
  statefulRules,
} from "../../../../signer/gate/index.ts";
import type { Rule, StatefulRule } from "../../../../signer/gate/rule.ts";
import { ledgerIn } from "../../../../signer/ledger/index.ts";
import { createLoad } from "../../../../signer/load.ts";
import {
  type Approval,
  formatStatement,
  openPolicy,
  type PolicyInForce,
  policyObject,
  readPolicy,
  type StatementAction,
} from "../../../../signer/policy/index.ts";
import { createState, openState, type SignerState } from "../../../../signer/state/index.ts";
import { type TestKeeper, testKeeper, testKey } from "../../../support/testKeeper.ts";
import { hour, pinNamed, sshKeyOf } from "../bench.ts";
import { deniedReceiver, everything, type Knobs, policyText } from "./knobs.ts";

/** What somebody took out of the gate, to see whether it is missed. */
export interface Sabotage {
  readonly rules?: (rules: readonly Rule[]) => readonly Rule[];
  readonly statefulRules?: (rules: readonly StatefulRule[]) => readonly StatefulRule[];
  readonly guard?: (guard: ClockGuard) => ClockGuard;
}

/** Everything between a client's request and the key, over a real database, with clocks in a test's hand. */
export interface GateWorld {
  readonly folder: string;
  readonly keeper: TestKeeper;
  readonly desk: GateDesk;
  /** Time passes. */
  pass(milliseconds: number): void;
  /** Somebody sets the wall clock. */
  set(by: number): void;
  ask(client: string, request: AttestationRequest): Promise<Outcome | AttestorError>;
  /** Asks what would happen, which must change nothing. */
  rehearse(client: string, request: AttestationRequest): Promise<void>;
  approval(action: StatementAction, object: string, signers: readonly string[]): Approval;
  /** @throws AttestorError */
  reload(knobs: Knobs, signers: readonly string[]): Promise<void>;
  /** Closes everything and opens it again, as a restart does. */
  restart(): Promise<void>;
  /** A restart of the machine: what its monotonic clock said before counts no more. */
  reboot(): Promise<void>;
  close(): void;
}

interface Opened {
  readonly state: SignerState;
  readonly policies: PolicyInForce;
  readonly attestor: Attestor;
  readonly desk: GateDesk;
}

const keys: readonly KeyConfig[] = [1, 2].map((destination) => ({
  name: destination === 1 ? "to-one" : "to-two",
  uri: "pkcs11:",
  publicKey: testKey(destination).publicKey,
  scheme: "verulink-evm",
  deployment: "local",
  destination: BigInt(destination),
}));

const signingKeys = new Map<string, SigningKey>(
  keys.map((key) => {
    const address = addressOfPublicKey(publicKeyFromHex(key.publicKey) ?? new Uint8Array(65));
    return [key.name, { ...key, address, custody: "hsm" }];
  }),
);

const start = Date.UTC(2026, 0, 31, 12);

const logger = createLogger({ service: "signer", level: "error" }, { write: () => {} });

export async function createGateWorld(first: Knobs, sabotage: Sabotage = {}): Promise<GateWorld> {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-gate-"));
  const [ledgerFile, policyFile] = ["ledger.sqlite", "policy.yaml"].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  writeFileSync(path.join(folder, "deny.txt"), `${deniedReceiver}\n`);
  copyFileSync(emptyLedger(), ledgerFile);
  writeFileSync(policyFile, policyText(1, everything));
  const time = { wall: start, monotonic: 1_000, run: 1 };
  const clock = { now: () => time.wall, sleep: () => Promise.resolve() };
  const monotonic = {
    now: () => time.monotonic,
    get run() {
      return `boot-${time.run}`;
    },
  };
  const keeper = testKeeper(keys, { "to-one": 1, "to-two": 2 });
  const alarms = { raise() {} };
  const pauseFile = pauseFileIn(folder);
  let version = 1;

  async function open(): Promise<Opened> {
    const state = openState(ledgerFile, clock, "Create it.");
    // what is on disk at which moment is the business of other tests, and makes these several times slower
    state.read((database) => database.pragma("synchronous = OFF"));
    const policies = await openPolicy({ state, file: policyFile, keys, clock, logger });
    const policy = () => policies.current().policy;
    const ledger = ledgerIn(state);
    const { guard: spoilGuard, rules: spoil, statefulRules: spoilStateful } = sabotage;
    const sound = createClockGuard(clock, monotonic, alarms);
    const guard = spoilGuard ? spoilGuard(sound) : sound;
    const rules = statefulRules({ ledger, policy, pauseFile, alarms });
    const attestor = createAttestor({
      policies,
      gate: createGate(({ denyList }) => {
        const all = [clientRights, routeRule, denyListRule(denyList)];
        return spoil ? spoil(all) : all;
      }),
      statefulGate: createStatefulGate(guard, spoilStateful ? spoilStateful(rules) : rules),
      state,
      ledger,
      keeper,
      load: createLoad(monotonic),
      keys: signingKeys,
      obstacle: () => undefined,
      policyVersion: () => `${policy().version}`,
    });
    const desk = createGateDesk({ state, guard, monotonic, pauseFile, policies });
    await state.decide((transaction) => noticeObstacles(transaction, { guard, pauseFile }));
    return { state, policies, attestor, desk };
  }

  let opened = await open();
  const world: GateWorld = {
    folder,
    keeper,
    get desk() {
      return opened.desk;
    },
    pass(milliseconds) {
      time.wall += milliseconds;
      time.monotonic += milliseconds;
    },
    set(by) {
      time.wall += by;
    },
    async ask(client, request) {
      try {
        return await opened.attestor.attest({ name: client, pin: pinNamed(client) }, request);
      } catch (error) {
        if (error instanceof AttestorError) return error;
        throw error;
      }
    },
    async rehearse(client, request) {
      try {
        await opened.attestor.rehearse({ name: client, pin: pinNamed(client) }, request);
      } catch (error) {
        if (!(error instanceof AttestorError)) throw error;
      }
    },
    approval(action, object, signers) {
      const expiresMs = Math.floor(time.wall / 1_000) * 1_000 + hour;
      const statement = formatStatement({ action, object, ledger: opened.state.id, expiresMs });
      return { statement, signatures: signers.map((name) => sshKeyOf(name).signWith(statement)) };
    },
    async reload(knobs, signers) {
      const text = policyText(version + 1, knobs);
      const object = policyObject(readPolicy(text, policyFile));
      await opened.policies.apply(text, world.approval("apply-policy", object, signers));
      version += 1;
    },
    async restart() {
      opened.state.close();
      opened = await open();
    },
    async reboot() {
      time.run += 1;
      time.monotonic = 1_000;
      await world.restart();
    },
    close() {
      opened.state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await world.reload(first, ["olga", "otto"]);
  return world;
}

let template: string | undefined;

/** Making one takes many times longer than copying it. */
function emptyLedger(): string {
  if (template) return template;
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-gate-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const [file, policyFile] = ["ledger.sqlite", "policy.yaml"].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  const clock = { now: () => start, sleep: () => Promise.resolve() };
  createState(file, "database", readPolicy(policyText(1, everything), policyFile), clock);
  template = file;
  return file;
}
