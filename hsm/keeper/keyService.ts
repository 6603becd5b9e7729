import { hexToBytes } from "@noble/hashes/utils.js";
import { digestScheme, type Hex, prepareSchemes } from "../../shared/digest/index.ts";
import { recoverableSignature } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { type CeremonyStatement, ceremonyDigest } from "../ceremony/index.ts";
import type { Keystore, SigningKey } from "../keystore.ts";
import { type Allowance, withinAllowance } from "./allowance.ts";
import { checkpointDigest } from "./checkpoint.ts";
import { attestingPlan, auditPlan, type KeyPlan, type KeySpec, planKeys } from "./keySpec.ts";
import { possessionDigest } from "./possession.ts";
import type { Answer, Operation, Parameters } from "./protocol.ts";

export interface KeystoreOptions {
  readonly keys: readonly [KeyPlan, ...KeyPlan[]];
  readonly sessions: number;
  readonly stateFolder: string;
  /** Milliseconds after which the daemon gives a request up and kills the keeper. */
  readonly callDeadlineMs: number;
}

/** A key in use: what it is for, and the device's key. */
interface BoundKey {
  readonly plan: KeyPlan;
  readonly key: SigningKey;
}

/** What a keeper does for each operation of the protocol. */
export type KeyService = { readonly [O in Operation]: (parameters: Parameters<O>) => Promise<Answer<O>> };

/**
 * @param createKeystore called once, by the first `open`.
 * @param allowance what the keeper's own configuration lets a daemon open; without it, whatever the daemon names.
 */
export function createKeyService(
  createKeystore: (options: KeystoreOptions) => Promise<Keystore>,
  allowance?: Allowance,
): KeyService {
  let isOpened = false;
  let keystore: Keystore | undefined;
  const keys = new Map<string, BoundKey>();
  const boundKey = (name: string): BoundKey => {
    const bound = keys.get(name);
    if (bound) return bound;
    throw new AttestorError("key_missing", { key: name, reason: "the keeper has not opened a key of this name" });
  };
  return {
    async open(asked) {
      const { keys: specs, ...options } = allowance ? withinAllowance(asked, allowance) : asked;
      if (isOpened) throw new AttestorError("invalid_field", { field: "op", reason: "keys can be opened only once" });
      isOpened = true;
      const plans = planKeys(specs);
      prepareSchemes(plans.flatMap(({ spec }) => ("scheme" in spec ? [spec.scheme] : [])));
      keystore = await createKeystore({ keys: plans, ...options });
      const opened = await keystore.open();
      for (const key of opened) {
        const plan = plans.find(({ name }) => name === key.name);
        if (plan) keys.set(key.name, { plan, key });
      }
      return {
        keys: opened.map(({ name, attributes, ledgers }) => ({
          name,
          attributes: { ...attributes },
          ledgers: [...ledgers],
        })),
      };
    },
    async attest({ key, packet, verdict }) {
      const bound = boundKey(key);
      const { spec } = attestingPlan(bound.plan);
      refuseOtherDestination(spec, packet.destination.chainId);
      const { digest } = digestScheme(spec.scheme).digestOf(packet, verdict);
      return { signature: await sign(bound, digest) };
    },
    async checkpoint({ key, ...checkpoint }) {
      const bound = boundKey(key);
      auditPlan(bound.plan);
      return { signature: await sign(bound, checkpointDigest(checkpoint)) };
    },
    async prove({ key, nonce }) {
      const bound = boundKey(key);
      const digest = possessionDigest(bound.plan.publicKey, hexToBytes(nonce.slice(2)));
      return { signature: await sign(bound, digest) };
    },
    async ceremony({ key, statement }) {
      const bound = boundKey(key);
      refuseOtherCeremony(bound.plan, statement);
      return { signature: await sign(bound, ceremonyDigest(statement)) };
    },
    async close() {
      keys.clear();
      await keystore?.close();
      return {};
    },
  };
}

/**
 * A key signs for one destination only: nothing that Verulink signs names the bridge contract, so what keeps an
 * attestation for one destination from counting on another is that they accept different keys.
 */
function refuseOtherDestination(spec: KeySpec, destination: bigint): void {
  if (destination === spec.destination) return;
  throw new AttestorError("denied", {
    rule: "key-destination",
    reason: `key ${spec.name} signs for destination ${spec.destination} only`,
    inputs: { key: spec.name, destination: destination.toString() },
  });
}

/** A key vouches for its own ceremony and for the use that it has been opened for. */
function refuseOtherCeremony({ spec }: KeyPlan, { key }: CeremonyStatement): void {
  const use = "use" in spec ? spec.use : `${spec.scheme} ${spec.deployment} ${spec.destination}`;
  const stated = key.use === "audit" ? key.use : `${key.use.scheme} ${key.use.deployment} ${key.use.destination}`;
  const differs = [
    ...(key.publicKey === spec.publicKey ? [] : ["publicKey"]),
    ...(key.uri === spec.uri ? [] : ["uri"]),
    ...(stated === use ? [] : ["use"]),
  ];
  const [field] = differs;
  if (field === undefined) return;
  throw new AttestorError("invalid_field", { field: `statement.key.${field}`, reason: "is not that of the open key" });
}

/** Signs, and answers only a signature that verifies under the pinned key. */
async function sign({ plan, key }: BoundKey, digest: Hex): Promise<Hex> {
  const bytes = hexToBytes(digest.slice(2));
  const raw = await key.sign(bytes);
  const signature = recoverableSignature(raw, bytes, plan.publicKey);
  if (signature === undefined) throw new AttestorError("wrong_signature", { key: plan.name });
  return signature;
}
