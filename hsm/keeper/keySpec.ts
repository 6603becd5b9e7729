import { z } from "zod";
import { type Hex, type SchemeName, schemeNames } from "../../shared/digest/index.ts";
import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { hexBytes, name, unsigned } from "../../shared/schema/index.ts";
import { type KeyUri, parseKeyUri } from "../keyUri/index.ts";

/** A key with the one use that it has: one digest scheme, one deployment, one destination. */
export interface KeySpec {
  readonly name: string;
  /** RFC 7512, see {@link parseKeyUri}. */
  readonly uri: string;
  /** The pinned public key: 65 bytes, uncompressed, 0x04 first. */
  readonly publicKey: Hex;
  readonly scheme: SchemeName;
  readonly deployment: string;
  /** The bridge's id of the destination chain, u128. */
  readonly destination: bigint;
}

export const keySpecSchema = z.strictObject({
  name,
  uri: z.string().min(1).max(4096),
  publicKey: hexBytes(65),
  scheme: z.enum(schemeNames),
  deployment: name,
  destination: unsigned(128),
});

/** A {@link KeySpec} whose texts have been read. */
export interface KeyPlan {
  readonly spec: KeySpec;
  readonly name: string;
  readonly uri: KeyUri;
  /** 65 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * Reads the specs and refuses a key that is listed twice under whatever name: with two uses, a signature for one
 * deployment or destination could serve in the other.
 *
 * @throws AttestorError `invalid_field` naming the key and the setting.
 */
export function planKeys(specs: readonly KeySpec[]): readonly [KeyPlan, ...KeyPlan[]] {
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

function uriOf({ name: key, uri }: KeySpec): KeyUri {
  try {
    return parseKeyUri(uri);
  } catch (error) {
    if (isAttestorError(error, "invalid_field")) throw invalid(`keys.${key}.uri`, error.data.reason);
    throw error;
  }
}

function publicKeyOf({ name: key, publicKey }: KeySpec): Uint8Array {
  const bytes = publicKey.length === 132 ? publicKeyFromHex(publicKey) : undefined;
  if (bytes === undefined) throw invalid(`keys.${key}.publicKey`, "must be 65 bytes of hex, a point of secp256k1");
  return bytes;
}

function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
