import { z } from "zod";
import { type Hex, type SchemeName, schemeName } from "../../shared/digest/index.ts";
import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { hexBytes, name, unsigned } from "../../shared/schema/index.ts";
import { type AnyKeyUri, parseAnyKeyUri } from "../keyUri/index.ts";

/** A key and where it is. */
interface KeyPlace {
  readonly name: string;
  /** Its scheme picks the backend, see {@link parseAnyKeyUri}. */
  readonly uri: string;
  /** The pinned public key: 65 bytes, uncompressed, 0x04 first. */
  readonly publicKey: Hex;
}

/** A key that attests, with the one use that it has: one digest scheme, one deployment, one destination. */
export interface KeySpec extends KeyPlace {
  readonly scheme: SchemeName;
  readonly deployment: string;
  /** The bridge's id of the destination chain, u128. */
  readonly destination: bigint;
}

/** A key that signs checkpoints of the audit chain and nothing else. */
export interface AuditKeySpec extends KeyPlace {
  readonly use: "audit";
}

export type AnyKeySpec = KeySpec | AuditKeySpec;

const place = { name, uri: z.string().min(1).max(4096), publicKey: hexBytes(65) };

export const keySpecSchema = z.strictObject({
  ...place,
  scheme: schemeName,
  deployment: name,
  destination: unsigned(128),
});

export const anyKeySpecSchema = z.union([keySpecSchema, z.strictObject({ ...place, use: z.literal("audit") })]);

/** A spec whose texts have been read. */
export interface KeyPlan<S extends AnyKeySpec = AnyKeySpec> {
  readonly spec: S;
  readonly name: string;
  readonly uri: AnyKeyUri;
  /** 65 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * Reads the specs and refuses a key that is listed twice under whatever name: with two uses, a signature for one
 * deployment or destination could serve in the other.
 *
 * @throws AttestorError `invalid_field` naming the key and the setting.
 */
export function planKeys(specs: readonly AnyKeySpec[]): readonly [KeyPlan, ...KeyPlan[]] {
  const plans = specs.map((spec) => ({
    spec,
    name: spec.name,
    uri: uriOf(spec),
    publicKey: publicKeyOf(spec),
  }));
  const [first, ...rest] = plans;
  if (first === undefined) throw invalid("keys", "must hold at least one key");
  refuseRepeated(plans, "name", ({ name: text }) => text);
  refuseRepeated(plans, "publicKey", ({ publicKey }) => Buffer.from(publicKey).toString("hex"));
  return [first, ...rest];
}

/** @throws AttestorError `denied` unless the key is one that attests. */
export function attestingPlan(plan: KeyPlan): KeyPlan<KeySpec> {
  const { spec } = plan;
  if ("scheme" in spec) return { ...plan, spec };
  throw otherUse(spec.name, "checkpoints of the audit chain");
}

/** @throws AttestorError `denied` unless the key is one that signs checkpoints. */
export function auditPlan(plan: KeyPlan): KeyPlan<AuditKeySpec> {
  const { spec } = plan;
  if ("use" in spec) return { ...plan, spec };
  throw otherUse(spec.name, "attestations");
}

function otherUse(key: string, use: string): AttestorError {
  return new AttestorError("denied", { rule: "key-use", reason: `key ${key} signs ${use} only`, inputs: { key } });
}

function refuseRepeated(plans: readonly KeyPlan[], setting: string, part: (plan: KeyPlan) => string): void {
  const seen = new Map<string, string>();
  for (const plan of plans) {
    const other = seen.get(part(plan));
    if (other !== undefined) {
      throw invalid(`keys.${plan.name}.${setting}`, `is that of key ${other} too; one key has one use`);
    }
    seen.set(part(plan), plan.name);
  }
}

function uriOf({ name: key, uri }: KeyPlace): AnyKeyUri {
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
