import path from "node:path";
import type { AleoAddressText } from "../../shared/aleo/index.ts";
import { type Clock, systemClock } from "../../shared/clock/index.ts";
import { type Hex, prepareSchemes, type SignatureText, type VerdictResult } from "../../shared/digest/index.ts";
import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { Custody } from "../../shared/wire/index.ts";
import type { CeremonyStatement } from "../ceremony/index.ts";
import { deviceOf, isKmsUri } from "../keyUri/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type AnyKeyPlan, isSealedPlan, planKeys } from "./keyPlan.ts";
import type { AnyKeySpec } from "./keySpec.ts";
import { passedOn } from "./passedOn.ts";
import { type KeeperStatus, type SignedDigest, TokenKeeper } from "./tokenKeeper.ts";

export interface KeeperOptions {
  readonly keys: readonly AnyKeySpec[];
  /** The service's own folder: rejected PINs are remembered there. */
  readonly stateFolder: string;
  /** How many signatures a token may make at the same time, 1 to 256. */
  readonly sessions: number;
  /** Milliseconds after which a request to a keeper is given up and the keeper killed; waiting for it not counted. */
  readonly callDeadlineMs: number;
  /** Milliseconds without a signature after which a token is asked for one, by a challenge; default {@link idleProbe}. */
  readonly idleProbeMs?: number;
  /** Path of a supervisor's socket: the keepers run under its user. Without it they are children of this process. */
  readonly socket?: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Default the process's own, as it is now. Only what a module or PIN location needs is passed on. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Milliseconds: often enough for whoever watches `/readyz`, seldom enough for a device that counts or logs its signatures. */
const idleProbe = 60_000;

/** A key that a keeper holds open. */
export interface KeeperKey {
  readonly name: string;
  /** EIP-55, or a sealed key's `aleo1…`. */
  readonly address: string;
  /** 65 bytes, uncompressed; a sealed key's address once more. */
  readonly publicKey: Hex | AleoAddressText;
  readonly custody: Custody;
  /** What the device states about the key, all of it as demanded: `CKA_SENSITIVE` → `true`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Ids of the ledgers that the token says the key belongs to: one, or none where nobody has bound it. */
  readonly ledgers: readonly string[];
  /** False for a key whose device has no place for a ledger's id: AWS KMS, a token without data objects. */
  readonly bindable: boolean;
}

/** All keys of a signer. Each token's keys live in a keeper process of their own. */
export interface Keeper {
  keys(): readonly KeeperKey[];
  /**
   * Signs a packet with a verdict by the scheme of the key. The signature is by the pinned key over the digest of this
   * packet and verdict, which is computed and checked here.
   *
   * Clients take turns at a device that has more to sign than it can at once.
   *
   * @throws AttestorError `denied` (the key is for another destination), `invalid_field`, `key_missing`,
   * `keeper_unavailable`, `wrong_signature`, `hsm_error`, `overloaded` (its turn did not come within 7 s).
   */
  attest(request: { key: string; packet: Packet; verdict: VerdictResult; client?: string }): Promise<SignedDigest>;
  /**
   * Signs where the audit chain stands, with a key that is for checkpoints. The signature is over `checkpointDigest`,
   * checked here.
   *
   * @throws AttestorError as `attest`; `denied` for a key that attests.
   */
  checkpoint(request: { key: string } & Checkpoint): Promise<Hex>;
  /**
   * Has a key sign the statement of its own ceremony: `ceremonyDigest`, checked here.
   *
   * @throws AttestorError as `attest`; `invalid_field` for a statement about another key or another use.
   */
  ceremony(request: { key: string; statement: CeremonyStatement }): Promise<SignatureText>;
  /** Has a key sign a random challenge, as each token is asked to where it has signed nothing for a while. @throws AttestorError as `attest`. */
  prove(key: string): Promise<void>;
  /** Up when every key can sign. */
  status(): KeeperStatus;
  /** Ends the keepers; running requests fail. */
  close(): Promise<void>;
}

/** What is known of a key before its device is asked. */
type KeyFacts = Pick<KeeperKey, "name" | "address" | "publicKey" | "custody">;

interface Held {
  readonly plan: AnyKeyPlan;
  readonly facts: KeyFacts;
  readonly token: TokenKeeper;
}

/**
 * Starts a keeper process for each token that the keys are in. Returns when every key was checked and has proven
 * itself.
 *
 * @throws AttestorError `invalid_field` for a key's settings; `module_unusable`, `token_missing`, `pin_unreadable`,
 * `pin_rejected`, `pin_latched`, `key_missing`, `key_mismatch`, `key_attribute`, `hsm_error`, `wrong_signature`,
 * `keeper_unavailable` for what the first start met.
 */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const plans = planKeys(options.keys);
  prepareSchemes(plans.flatMap(({ spec }) => ("scheme" in spec ? [spec.scheme] : [])));
  const tokens: TokenKeeper[] = [];
  const held = new Map<string, Held>();
  const close = async () => void (await Promise.all(tokens.map((token) => token.close())));
  try {
    for (const keys of byToken(plans)) {
      const token = await TokenKeeper.start(tokenOptions(options, keys));
      tokens.push(token);
      for (const plan of keys) held.set(plan.name, { plan, facts: factsOf(plan), token });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const holderOf = (key: string): Held => {
    const found = held.get(key);
    if (found) return found;
    throw new AttestorError("key_missing", { key, reason: "the keeper was not started with a key of this name" });
  };
  return {
    keys: () => [...held.values()].map(({ facts, token }) => ({ ...facts, ...token.statementOf(facts.name) })),
    async attest({ key, packet, verdict, client }) {
      const { plan, token } = holderOf(key);
      return token.attest(plan, packet, verdict, client);
    },
    async checkpoint({ key, ...checkpoint }) {
      const { plan, token } = holderOf(key);
      return token.checkpoint(plan, checkpoint);
    },
    async ceremony({ key, statement }) {
      const { plan, token } = holderOf(key);
      return token.ceremony(plan, statement);
    },
    async prove(key) {
      const { plan, token } = holderOf(key);
      return token.prove(plan);
    },
    status: () => combinedStatus(tokens.map((token) => token.status())),
    close,
  };
}

function byToken(plans: readonly AnyKeyPlan[]): readonly AnyKeyPlan[][] {
  return [...Map.groupBy(plans, ({ uri }) => deviceOf(uri)).values()];
}

function tokenOptions(options: KeeperOptions, keys: readonly AnyKeyPlan[]) {
  const { socket, sessions, callDeadlineMs, idleProbeMs = idleProbe, logger } = options;
  const { clock = systemClock, environment = process.env } = options;
  const stateFolder = path.resolve(options.stateFolder);
  return {
    keys,
    stateFolder,
    sessions,
    callDeadlineMs,
    idleProbeMs,
    logger,
    clock,
    environment: passedOn(keys, environment),
    ...(socket && { socket }),
  };
}

function factsOf(plan: AnyKeyPlan): KeyFacts {
  const { name } = plan;
  if (isSealedPlan(plan)) {
    const { publicKey, custody } = plan.spec;
    return { name, address: publicKey, publicKey, custody };
  }
  return {
    name,
    address: addressOfPublicKey(plan.publicKey),
    publicKey: `0x${Buffer.from(plan.publicKey).toString("hex")}`,
    custody: isKmsUri(plan.uri) ? "kms" : "hsm",
  };
}

function combinedStatus(statuses: readonly KeeperStatus[]): KeeperStatus {
  const restarts = statuses.reduce((sum, status) => sum + status.restarts, 0);
  return { ...statuses.find(({ up }) => !up), up: statuses.every(({ up }) => up), restarts };
}
