import { z } from "zod";
import { type AleoAddressText, aleoAddress } from "../../shared/aleo/index.ts";
import { type EcdsaSchemeName, ecdsaSchemeName, type Hex } from "../../shared/digest/index.ts";
import { hexBytes, name, unsigned } from "../../shared/schema/index.ts";

/** A key and where it is. */
export interface KeyPlace {
  readonly name: string;
  /** Its scheme picks the backend, see {@link parseAnyKeyUri}. */
  readonly uri: string;
  /** The pinned public key: 65 bytes, uncompressed, 0x04 first. */
  readonly publicKey: Hex;
}

/** A key that attests, with the one use that it has: one digest scheme, one deployment, one destination. */
export interface KeySpec extends KeyPlace {
  readonly scheme: EcdsaSchemeName;
  readonly deployment: string;
  /** The bridge's id of the destination chain, u128. */
  readonly destination: bigint;
}

/** A key that signs checkpoints of the audit chain and nothing else. */
export interface AuditKeySpec extends KeyPlace {
  readonly use: "audit";
}

/**
 * A key that signs in software, because no HSM can sign what its scheme needs: its seed is in a file that an AES key in a
 * token has sealed. Whoever configures it accepts that by naming the custody.
 */
export interface SealedKeySpec {
  readonly name: string;
  /** `aleo-sealed:…` */
  readonly uri: string;
  /** The account's address, which is Aleo's public key. */
  readonly publicKey: AleoAddressText;
  readonly custody: "sealed-software";
  readonly scheme: "verulink-aleo-schnorr";
  readonly deployment: string;
  readonly destination: bigint;
}

export type AnyKeySpec = KeySpec | AuditKeySpec | SealedKeySpec;

const place = { name, uri: z.string().min(1).max(4096), publicKey: hexBytes(65) };

export const keySpecSchema = z.strictObject({
  ...place,
  scheme: ecdsaSchemeName,
  deployment: name,
  destination: unsigned(128),
});

export const sealedKeySpecSchema = z.strictObject({
  name,
  uri: place.uri,
  publicKey: aleoAddress,
  custody: z.literal("sealed-software", { error: "must be sealed-software: it says that this key is not in the HSM" }),
  scheme: z.literal("verulink-aleo-schnorr"),
  deployment: name,
  destination: unsigned(128),
});

export const anyKeySpecSchema = z.union([
  keySpecSchema,
  z.strictObject({ ...place, use: z.literal("audit") }),
  sealedKeySpecSchema,
]);
