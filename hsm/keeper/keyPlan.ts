import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { type AnyKeyUri, isSealedUri, parseAnyKeyUri, type SealedUri } from "../keyUri/index.ts";
import type { AnyKeySpec, AuditKeySpec, KeyPlace, KeySpec, SealedKeySpec } from "./keySpec.ts";

/** A spec of a key that stays in its device, its texts read. */
export interface KeyPlan<S extends KeySpec | AuditKeySpec = KeySpec | AuditKeySpec> {
  readonly spec: S;
  readonly name: string;
  readonly uri: Exclude<AnyKeyUri, SealedUri>;
  /** 65 bytes. */
  readonly publicKey: Uint8Array;
}

/** A spec of a sealed key, its texts read. */
export interface SealedKeyPlan {
  readonly spec: SealedKeySpec;
  readonly name: string;
  readonly uri: SealedUri;
}

export type AnyKeyPlan = KeyPlan | SealedKeyPlan;

export function isSealedPlan(plan: AnyKeyPlan): plan is SealedKeyPlan {
  return "custody" in plan.spec;
}

/**
 * Reads the specs and refuses a key that is listed twice under whatever name: with two uses, a signature for one
 * deployment or destination could serve in the other.
 *
 * @throws AttestorError `invalid_field` naming the key and the setting.
 */
export function planKeys(specs: readonly AnyKeySpec[]): readonly [AnyKeyPlan, ...AnyKeyPlan[]] {
  const plans = specs.map((spec) => ("custody" in spec ? sealedPlan(spec) : keyPlan(spec)));
  const [first, ...rest] = plans;
  if (first === undefined) throw invalid("keys", "must hold at least one key");
  refuseRepeated(plans, "name", ({ name: text }) => text);
  refuseRepeated(plans, "publicKey", identityOf);
  return [first, ...rest];
}

function keyPlan(spec: KeySpec | AuditKeySpec): KeyPlan {
  const uri = uriOf(spec);
  if (!isSealedUri(uri)) return { spec, name: spec.name, uri, publicKey: publicKeyOf(spec) };
  throw invalid(`keys.${spec.name}.uri`, "names a sealed key, which signs by scheme verulink-aleo-schnorr only");
}

function sealedPlan(spec: SealedKeySpec): SealedKeyPlan {
  const uri = uriOf(spec);
  if (isSealedUri(uri)) return { spec, name: spec.name, uri };
  throw invalid(`keys.${spec.name}.uri`, "must be aleo-sealed: for a key with custody sealed-software");
}

/**
 * The plans of a keeper of sealed keys, or of one of keys that stay in their device.
 *
 * @throws AttestorError `invalid_field` if there are both.
 */
export function sealedPlans(plans: readonly AnyKeyPlan[]): readonly [SealedKeyPlan, ...SealedKeyPlan[]] {
  const [first, ...rest] = plans.filter(isSealedPlan);
  if (first && rest.length + 1 === plans.length) return [first, ...rest];
  throw notInOneDevice();
}

/** @throws AttestorError `invalid_field` as {@link sealedPlans}. */
export function devicePlans(plans: readonly AnyKeyPlan[]): readonly [KeyPlan, ...KeyPlan[]] {
  const [first, ...rest] = plans.filter((plan): plan is KeyPlan => !isSealedPlan(plan));
  if (first && rest.length + 1 === plans.length) return [first, ...rest];
  throw notInOneDevice();
}

function notInOneDevice(): AttestorError {
  return invalid("keys", "must all be in one device");
}

/** What names a key whatever its configuration calls it. */
function identityOf(plan: AnyKeyPlan): string {
  return isSealedPlan(plan) ? plan.spec.publicKey : Buffer.from(plan.publicKey).toString("hex");
}

/** @throws AttestorError `denied` unless the key is one that attests. */
export function attestingPlan(plan: KeyPlan): KeyPlan<KeySpec> {
  const { spec } = plan;
  if ("scheme" in spec) return { ...plan, spec };
  throw otherUse(spec.name, "checkpoints of the audit chain");
}

/** @throws AttestorError `denied` unless the key is one that signs checkpoints. */
export function auditPlan(plan: AnyKeyPlan): KeyPlan<AuditKeySpec> {
  const { spec } = plan;
  if (!isSealedPlan(plan) && "use" in spec) return { ...plan, spec };
  throw otherUse(spec.name, "attestations");
}

function otherUse(key: string, use: string): AttestorError {
  return new AttestorError("denied", { rule: "key-use", reason: `key ${key} signs ${use} only`, inputs: { key } });
}

function refuseRepeated(plans: readonly AnyKeyPlan[], setting: string, part: (plan: AnyKeyPlan) => string): void {
  const seen = new Map<string, string>();
  for (const plan of plans) {
    const other = seen.get(part(plan));
    if (other !== undefined) {
      throw invalid(`keys.${plan.name}.${setting}`, `is that of key ${other} too; one key has one use`);
    }
    seen.set(part(plan), plan.name);
  }
}

function uriOf({ name: key, uri }: Pick<KeyPlace, "name" | "uri">): AnyKeyUri {
  try {
    return parseAnyKeyUri(uri);
  } catch (error) {
    if (isAttestorError(error, "invalid_field")) throw invalid(`keys.${key}.uri`, error.data.reason);
    throw error;
  }
}

function publicKeyOf({ name: key, publicKey }: KeyPlace): Uint8Array {
  const bytes = publicKey.length === 132 ? publicKeyFromHex(publicKey) : undefined;
  if (bytes === undefined) throw invalid(`keys.${key}.publicKey`, "must be 65 bytes of hex, a point of secp256k1");
  return bytes;
}

function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
