import type { Clock } from "../../shared/clock/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { AttestorError, faultName, isAttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { KeyFacts } from "../config.ts";
import type { SignerState, Transaction } from "../state/index.ts";
import { type Approval, approve } from "./approval.ts";
import type { Changes } from "./changes.ts";
import { compare } from "./compare.ts";
import { type DenyList, openDenyList } from "./denyList.ts";
import { latestPolicy, latestPolicyVersion, recordPolicy } from "./history.ts";
import { policyEntry } from "./policyEntry.ts";
import { type PolicyText, readPolicy } from "./readPolicy.ts";

/** A policy with what stands behind it: everything that decisions need of it. It never changes; another replaces it. */
export interface ActivePolicy extends PolicyText {
  readonly denyList: DenyList | undefined;
}

/** What the latest attempt to put a policy into force came to. */
export interface Attempt {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Of the text that was tried; undefined for one that is no policy. */
  readonly version: number | undefined;
  /** Why the one before stayed in force; undefined if it did not. */
  readonly error: AttestorError | undefined;
}

/** How a policy came into force. */
export interface Applied {
  readonly version: number;
  readonly hash: Hex;
  readonly changes: Changes;
  /** Who signed for it. */
  readonly operators: readonly string[];
}

/** The one policy that decides now. It is replaced as a whole or not at all. */
export interface PolicyInForce {
  current(): ActivePolicy;
  /** Whether this policy is still the one in force, as the transaction sees it. */
  isCurrent(transaction: Transaction, active: ActivePolicy): boolean;
  /**
   * Puts another policy into force: checked, signed for, recorded, and then for every decision at once. The same text
   * again changes nothing and needs nobody.
   *
   * @throws AttestorError `policy_refused`, `approval_refused`, `failed` (it cannot be recorded); the policy in force then
   * stays.
   */
  apply(text: string, approval: Approval | undefined): Promise<Applied>;
  /** Since when the policy is in force, in milliseconds since 1970, and what came of the latest attempt to replace it. */
  status(): { readonly sinceMs: number; readonly attempt: Attempt | undefined };
  /** Called at once when another policy came into force. */
  onChange(listener: () => void): void;
}

export interface PolicyParts {
  readonly state: SignerState;
  /** The policy's file: relative paths in any policy start at its folder. */
  readonly file: string;
  readonly keys: readonly KeyFacts[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The object of a statement that approves a policy. */
export function policyObject({ policy, hash }: Pick<PolicyText, "policy" | "hash">): string {
  return `policy version ${policy.version}, sha256 ${hash.slice(2)}`;
}

/** How many different operators a change needs. */
export function operatorsNeeded({ widened }: Changes): 1 | 2 {
  return widened.length > 0 ? 2 : 1;
}

/**
 * The policy that the ledger records as being in force.
 *
 * @throws AttestorError `config_invalid` if it does not fit the signer's keys, or its deny list cannot be used.
 */
export function recordedPolicy({ state, file, keys, clock, logger }: PolicyParts): PolicyInForce {
  const recorded = state.read(latestPolicy);
  if (!recorded) throw new AttestorError("database_unusable", { file, reason: "it records no policy" });
  let active = activate(recorded.text, file, keys);
  let sinceMs = recorded.sinceMs;
  let attempt: Attempt | undefined;
  const listeners: (() => void)[] = [];

  function replace(transaction: Transaction, next: ActivePolicy, approval: Approval | undefined): Applied {
    const inForce = latestPolicy(transaction.database);
    const before = inForce && readPolicy(inForce.text, file).policy;
    if (!before) throw refusedFor(["the ledger records no policy"]);
    const { hash, policy } = next;
    if (hash === inForce.hash) return { version: policy.version, hash, changes: nothing, operators: [] };
    if (policy.version === before.version) {
      throw refusedFor([`version: ${policy.version} is in force with another text; a change needs a higher version`]);
    }
    if (policy.version < before.version) {
      throw refusedFor([`version: ${policy.version} is older than ${before.version}, which is in force`]);
    }
    const changes = compare(before, policy);
    const wanted = {
      action: "apply-policy",
      object: policyObject(next),
      ledger: state.id,
      needed: operatorsNeeded(changes),
    } as const;
    if (!approval) throw new AttestorError("approval_refused", { ...wanted, reason: "there is none" });
    const operators = approve(transaction, approval, wanted, before.operators);
    recordPolicy(transaction.database, next, operators, transaction.nowMs);
    transaction.record(policyEntry(next, operators, changes));
    transaction.afterCommit(() => {
      active = next;
      sinceMs = transaction.nowMs;
      for (const listener of listeners) listener();
    });
    return { version: policy.version, hash, changes, operators };
  }

  return {
    current: () => active,
    isCurrent: ({ database }, { policy }) => latestPolicyVersion(database) === policy.version,
    async apply(text, approval) {
      let version: number | undefined;
      try {
        const next = activateNew(text, file, keys);
        version = next.policy.version;
        const applied = await state.decide((transaction) => replace(transaction, next, approval));
        attempt = { atMs: clock.now(), version, error: undefined };
        logger.info(
          { version, hash: applied.hash, operators: applied.operators, ...applied.changes },
          "a policy is in force",
        );
        return applied;
      } catch (error) {
        const known = knownError(error);
        attempt = { atMs: clock.now(), version, error: known };
        logger.warn({ version, err: known }, "a policy was not put into force");
        throw known;
      }
    },
    status: () => ({ sinceMs, attempt }),
    onChange: (listener) => void listeners.push(listener),
  };
}

const nothing: Changes = { widened: [], narrowed: [] };

function activate(text: string, file: string, keys: readonly KeyFacts[]): ActivePolicy {
  const read = readPolicy(text, file, keys);
  const { denyList } = read.policy;
  return { ...read, denyList: denyList === undefined ? undefined : openDenyList(denyList) };
}

function activateNew(text: string, file: string, keys: readonly KeyFacts[]): ActivePolicy {
  try {
    return activate(text, file, keys);
  } catch (error) {
    if (!isAttestorError(error, "config_invalid")) throw error;
    const { problems, file: about } = error.data;
    throw refusedFor(about === file ? problems : problems.map((problem) => `${about}: ${problem}`));
  }
}

function knownError(error: unknown): AttestorError {
  return isAttestorError(error) ? error : new AttestorError("failed", { rule: "policy", reason: faultName(error) });
}

function refusedFor(problems: readonly string[]): AttestorError {
  return new AttestorError("policy_refused", { problems });
}
