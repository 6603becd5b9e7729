import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { digestScheme } from "../../../shared/digest/index.ts";
import type { Assurance, AttestationRequest } from "../../../shared/wire/index.ts";
import type { Case } from "../../../signer/case.ts";
import { type Decided, decideCase } from "../../../signer/decideCase.ts";
import {
  type AlarmCode,
  createClockGuard,
  createGateDesk,
  createStatefulGate,
  type GateDesk,
  gateObstacles,
  type Inputs,
  pauseFileIn,
  statefulRules,
} from "../../../signer/gate/index.ts";
import { ledgerIn } from "../../../signer/ledger/index.ts";
import {
  type Approval,
  type Client,
  formatStatement,
  type Operator,
  type Policy,
  type Route,
  type StatementAction,
} from "../../../signer/policy/index.ts";
import { createState, openState, type SignerState, type Transaction } from "../../../signer/state/index.ts";
import { testSshKey } from "../../support/operator.ts";
import { activePolicy, sampleClient, samplePolicy, sampleRoute } from "../samples.ts";

export const hour = 3_600_000;
export const day = 24 * hour;

/** A policy that a test may change between requests, as a reload does. */
export interface BenchPolicy {
  clients: Client[];
  operators: Operator[];
  route: Route;
}

/** The machine's two clocks, in a test's hand. */
export interface BenchClock {
  wall: number;
  monotonic: number;
  run: string;
  /** Time passes. */
  pass(milliseconds: number): void;
  /** Somebody sets the wall clock. */
  set(by: number): void;
}

type NewlyReserved = Extract<Decided, { readonly state: "reserved" }>;

/** The gate's rules over a real database, without the rules before them and without the key behind. */
export interface Bench {
  readonly policy: BenchPolicy;
  readonly clock: BenchClock;
  readonly folder: string;
  readonly state: SignerState;
  readonly desk: GateDesk;
  /** Why nothing at all can be signed now. */
  readonly obstacles: readonly string[];
  readonly alarms: { code: AlarmCode; fields: Inputs }[];
  /** What these operators signed: an hour's validity by the wall clock. */
  approval(action: StatementAction, object: string, ...signers: string[]): Approval;
  /** What is decided on a request; `reserved` if it may be signed now. */
  ask(
    request: AttestationRequest,
    client?: string,
    evidence?: Assurance,
  ): Promise<Exclude<Decided, NewlyReserved> | { state: "reserved" }>;
  /** Runs work in a transaction of its own. */
  decide<T>(work: (transaction: Transaction) => T): Promise<T>;
  /** Closes everything and opens it again, as a restart does. */
  restart(): void;
}

/** SSH keys of the operators, in memory. */
const sshKeys = new Map<string, ReturnType<typeof testSshKey>>();

export function sshKeyOf(name: string) {
  const key = sshKeys.get(name) ?? testSshKey(name);
  sshKeys.set(name, key);
  return key;
}

export function sampleOperator(name: string): Operator {
  const line = sshKeyOf(name).sshKey.split(" ").slice(0, 2).join(" ");
  return { name, certificatePins: [pinNamed(name)], signingKeys: [line] };
}

export function pinNamed(name: string): string {
  return `sha256/${Buffer.from(name.padEnd(32, ".")).toString("base64")}`;
}

export function benchClient(name: string, changes: Partial<Client> = {}): Client {
  return sampleClient({ name, pins: [pinNamed(name)], ...changes });
}

export function gateBench(route: Partial<Route> = {}): Bench {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-gate-"));
  const file = path.join(folder, "ledger.sqlite");
  const clock: BenchClock = {
    wall: Date.UTC(2026, 0, 31, 12),
    monotonic: 1_000,
    run: "boot-1",
    pass(milliseconds) {
      clock.wall += milliseconds;
      clock.monotonic += milliseconds;
    },
    set(by) {
      clock.wall += by;
    },
  };
  const wallClock = { now: () => clock.wall, sleep: () => Promise.resolve() };
  const monotonic = {
    now: () => clock.monotonic,
    get run() {
      return clock.run;
    },
  };
  createState(file, "database", samplePolicy(), wallClock);
  const policy: BenchPolicy = {
    clients: ["chain-a", "chain-b", "chain-c"].map((name) => benchClient(name)),
    operators: ["olga", "otto", "omar"].map(sampleOperator),
    route: sampleRoute(route),
  };
  const alarms: Bench["alarms"] = [];
  const pauseFile = pauseFileIn(folder);
  const open = () => {
    const state = openState(file, wallClock, "Create it.");
    const ledger = ledgerIn(state);
    const raise = (code: AlarmCode, fields: Inputs) => void alarms.push({ code, fields });
    const guard = createClockGuard(wallClock, monotonic, { raise });
    const rules = statefulRules({ ledger, policy: () => policy, pauseFile, alarms: { raise } });
    const inForce = (): Policy => ({ service: "policy", version: 1, routes: [policy.route], ...policy });
    const policies = { current: () => activePolicy(inForce()), isCurrent: () => true };
    const desk = createGateDesk({ state, guard, monotonic, pauseFile, policies });
    return { state, ledger, guard, desk, statefulGate: createStatefulGate(guard, rules) };
  };
  let opened = open();
  onTestFinished(() => {
    opened.state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    policy,
    clock,
    folder,
    alarms,
    get state() {
      return opened.state;
    },
    get desk() {
      return opened.desk;
    },
    get obstacles() {
      const { state, guard } = opened;
      return state.read((database) => gateObstacles(database, { guard, pauseFile }));
    },
    approval(action, object, ...signers) {
      const expiresMs = Math.floor(clock.wall / 1_000) * 1_000 + hour;
      const statement = formatStatement({ action, object, ledger: opened.state.id, expiresMs });
      return { statement, signatures: signers.map((name) => sshKeyOf(name).signWith(statement)) };
    },
    ask(request, name = "chain-a", evidence = "claimed") {
      const client = policy.clients.find((each) => each.name === name);
      if (!client) throw new Error(`the policy has no client ${name}`);
      const { state, ledger, statefulGate } = opened;
      const current = caseOf(request, client, policy.route, evidence);
      const parts = { statefulGate, ledger, policyVersion: () => "1" };
      return state.decide((transaction) => decideCase(parts, transaction, current)).then(standingOf);
    },
    decide: (work) => opened.state.decide(work),
    restart() {
      opened.state.close();
      opened = open();
    },
  };
}

/** Without what was reserved, which is what was asked for. */
function standingOf(decided: Decided): Exclude<Decided, NewlyReserved> | { state: "reserved" } {
  return "state" in decided && decided.state === "reserved" ? { state: decided.state } : decided;
}

function caseOf(request: AttestationRequest, client: Client, route: Route, evidence: Assurance): Case {
  const { scheme } = route;
  const digests = digestScheme(scheme).digestOf(request.packet, request.verdict.result);
  const key = {
    name: route.key,
    uri: "",
    publicKey: "0x04",
    scheme,
    deployment: route.deployment,
    destination: route.destination.chainId,
    address: "0x",
    custody: "hsm",
  } as const;
  return {
    submission: { client, request, route },
    pin: client.pins[0] ?? "",
    admitted: { evidence, checked: {} },
    reservation: { ...request, ...digests, scheme, assurance: "claimed", client: client.name },
    key,
    inputs: { route: route.name, key: route.key },
  };
}
