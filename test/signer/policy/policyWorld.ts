import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../../../shared/clock/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import {
  type Approval,
  formatStatement,
  openPolicy,
  type PolicyInForce,
  policyObject,
  readPolicy,
  type Statement,
} from "../../../signer/policy/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { testSshKey } from "../../support/operator.ts";
import { sampleClient, sampleRoute } from "../samples.ts";
import { type TemporaryState, temporaryState } from "../state/temporaryState.ts";

/** Plain data of a policy, open for a test to change. */
// biome-ignore lint/suspicious/noExplicitAny: a test spoils it on purpose
export type PolicyData = Record<string, any>;

export const hourMs = 3_600_000;

/** SSH keys by the name of who holds them; mallory is no operator. */
export const hands = { olga: testSshKey("olga"), otto: testSshKey("otto"), mallory: testSshKey("mallory") };
export type Hand = keyof typeof hands;

/** A signer's policy without the signer: its file, the ledger that records it, and a clock that stands still. */
export interface PolicyWorld {
  readonly file: string;
  readonly files: TemporaryState;
  readonly log: readonly string[];
  /** When all of it happens. */
  readonly nowMs: number;
  /** The text of a policy that differs from the first one as told. */
  text(version: number, change?: (policy: PolicyData) => unknown): string;
  /** What approves a text. */
  approval(text: string, signers: readonly Hand[], changes?: Partial<Statement>): Approval;
  /** Opens the policy as a start does. */
  open(): Promise<PolicyInForce>;
  /** The audit records of a kind, without their time. */
  records(kind: string): unknown[];
}

export function policyWorld(): PolicyWorld {
  const file = path.join(temporaryFolder(), "policy.yaml");
  const log: string[] = [];
  const logger = createLogger({ service: "signer", level: "debug" }, { write: (line) => void log.push(line) });
  const text: PolicyWorld["text"] = (version, change = () => {}) => {
    const { rate: _default, ...client } = sampleClient();
    const operators = (["olga", "otto"] as const).map((name, index) => ({
      name,
      certificatePins: [`sha256/${`${index}`.repeat(43)}=`],
      signingKeys: [hands[name].sshKey],
    }));
    const route = { ...sampleRoute(), startSequence: 5n };
    const policy: PolicyData = { service: "policy", version, operators, clients: [client], routes: [route] };
    change(policy);
    return stringifyJson(policy);
  };
  writeFileSync(file, text(1));
  const nowMs = Date.parse("2026-06-01T12:00:00Z");
  const clock: Clock = { now: () => nowMs, sleep: async () => {} };
  const files = temporaryState(clock, readPolicy(text(1), file));
  const world: PolicyWorld = {
    file,
    files,
    log,
    nowMs,
    text,
    approval(policyText, signers, changes = {}) {
      const statement = formatStatement({
        action: "apply-policy",
        object: policyObject(readPolicy(policyText, file)),
        ledger: files.state.id,
        expiresMs: nowMs + hourMs,
        ...changes,
      });
      return { statement, signatures: signers.map((name) => hands[name].signWith(statement)) };
    },
    open: () => openPolicy({ state: files.state, file, keys: [toTwo], clock, logger }),
    records(kind) {
      const records = files.state.read((database) =>
        database.prepare<[], string>("SELECT record FROM audit ORDER BY sequence").pluck().all(),
      );
      return records.map((record) => JSON.parse(record)).filter((record) => record.kind === kind);
    },
  };
  return world;
}

const toTwo = {
  name: "to-two",
  uri: "pkcs11:",
  publicKey: "0x04",
  scheme: "verulink-evm",
  deployment: "local",
  destination: 2n,
} as const;
