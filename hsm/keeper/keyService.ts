import { hexToBytes } from "@noble/hashes/utils.js";
import { digestScheme, type Hex, prepareSchemes } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { ceremonyDigest } from "../ceremony/index.ts";
import type { Keystore, SigningKey } from "../keystore.ts";
import { type Allowance, withinAllowance } from "./allowance.ts";
import { checkpointDigest } from "./checkpoint.ts";
import {
  attestingPlan,
  auditPlan,
  devicePlans,
  isSealedPlan,
  type KeyPlan,
  planKeys,
  type SealedKeyPlan,
  sealedPlans,
} from "./keyPlan.ts";
import { possessionDigest } from "./possession.ts";
import type { Answer, Operation, Parameters } from "./protocol.ts";
import { refuseOtherCeremony, refuseOtherDestination } from "./refusals.ts";

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

export interface KeyServiceOptions {
  /** Called once, by the first `open`. */
  readonly createKeystore: (options: KeystoreOptions) => Promise<Keystore>;
  /** What the keeper's own configuration lets a daemon open; without it, whatever the daemon names. */
  readonly allowance?: Allowance;
  /** The signer of sealed keys that was started beside this keeper, if one was. */
  readonly sealed?: SealedOpener;
}

/** Opens sealed keys, for which every later request is somebody else's. */
export interface SealedOpener {
  open(
    plans: readonly [SealedKeyPlan, ...SealedKeyPlan[]],
    stateFolder: string,
  ): Promise<{ service: KeyService; opened: Answer<"open"> }>;
  /** The keys are in a device: the signer is not needed. */
  release(): void;
}

/** The keeper's service: signs itself with keys that stay in their device, and passes on what is for a sealed one. */
export function createKeyService({ createKeystore, allowance, sealed }: KeyServiceOptions): KeyService {
  let isOpened = false;
  let elsewhere: KeyService | undefined;
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
      const all = planKeys(specs);
      if (all.some(isSealedPlan)) {
        const { service, opened } = await openSealed(sealed, sealedPlans(all), options.stateFolder);
        elsewhere = service;
        return opened;
      }
      sealed?.release();
      const plans = devicePlans(all);
      prepareSchemes(plans.flatMap(({ spec }) => ("scheme" in spec ? [spec.scheme] : [])));
      keystore = await createKeystore({ keys: plans, ...options });
      const opened = await keystore.open();
      for (const key of opened) {
        const plan = plans.find(({ name }) => name === key.name);
        if (plan) keys.set(key.name, { plan, key });
      }
      return {
        keys: opened.map(({ name, attributes, ledgers, bindable }) => ({
          name,
          attributes: { ...attributes },
          ledgers: [...ledgers],
          bindable,
        })),
      };
    },
    async attest({ key, packet, verdict }) {
      if (elsewhere) return elsewhere.attest({ key, packet, verdict });
      const bound = boundKey(key);
      const { spec } = attestingPlan(bound.plan);
      refuseOtherDestination(spec, packet.destination.chainId);
      const { digest } = digestScheme(spec.scheme).digestOf(packet, verdict);
      return { signature: await sign(bound, digest) };
    },
    async checkpoint({ key, ...checkpoint }) {
      if (elsewhere) return elsewhere.checkpoint({ key, ...checkpoint });
      const bound = boundKey(key);
      auditPlan(bound.plan);
      return { signature: await sign(bound, checkpointDigest(checkpoint)) };
    },
    async prove({ key, nonce }) {
      if (elsewhere) return elsewhere.prove({ key, nonce });
      const bound = boundKey(key);
      const digest = possessionDigest(bound.plan.publicKey, hexToBytes(nonce.slice(2)));
      return { signature: await sign(bound, digest) };
    },
    async ceremony({ key, statement }) {
      if (elsewhere) return elsewhere.ceremony({ key, statement });
      const bound = boundKey(key);
      refuseOtherCeremony(bound.plan.spec, statement);
      return { signature: await sign(bound, ceremonyDigest(statement)) };
    },
    async close() {
      await elsewhere?.close({});
      keys.clear();
      await keystore?.close();
      return {};
    },
  };
}

function openSealed(
  sealed: SealedOpener | undefined,
  plans: readonly [SealedKeyPlan, ...SealedKeyPlan[]],
  stateFolder: string,
) {
  if (sealed) return sealed.open(plans, stateFolder);
  const reason = "is sealed, and this keeper was started without a signer of sealed keys; list the key in keeper.yaml";
  throw new AttestorError("invalid_field", { field: `keys.${plans[0].name}`, reason });
}

/** Signs. Whether it is the pinned key's signature is for whoever asked to find out, as they must in any case. */
async function sign({ key }: BoundKey, digest: Hex): Promise<Hex> {
  const raw = await key.sign(Buffer.from(digest.slice(2), "hex"));
  return `0x${Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString("hex")}`;
}
