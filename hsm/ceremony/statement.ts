import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { aleoAddress } from "../../shared/aleo/index.ts";
import { type Hex, schemeName } from "../../shared/digest/index.ts";
import { keccak256 } from "../../shared/keccak/index.ts";
import { hexBytes, name } from "../../shared/schema/index.ts";

/** As many as one statement takes. */
export const mostParticipants = 16;

/** What a statement says of a device: ASCII, which every reader sees alike. */
export const deviceText = z
  .string()
  .regex(/^[\x20-\x7e]{0,512}$/, { error: "must be up to 512 printable ASCII characters" });
const attributes = z.record(z.string().regex(/^\w{1,64}$/), deviceText);

/** What a key was made for: the one use that the signer's configuration must give it. */
export const keyUseSchema = z.union([
  z.literal("audit"),
  z.strictObject({
    scheme: schemeName,
    deployment: name,
    destination: z.string().regex(/^(0|[1-9][0-9]{0,38})$/),
  }),
]);
export type KeyUse = z.output<typeof keyUseSchema>;

/** Everything about a key ceremony that its key vouches for with a signature. */
export const ceremonyStatementSchema = z.strictObject({
  format: z.literal("hsm-attestor key ceremony v1"),
  /** UTC, whole seconds, by the clock of the machine that it was held on. */
  heldAt: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  participants: z.array(name).min(1).max(mostParticipants),
  /** Whether the key was generated in the ceremony; if not, it was there before and is only recorded. */
  generated: z.boolean(),
  key: z.strictObject({
    name,
    uri: z.string().min(1).max(4_096),
    /** 65 bytes, or a sealed key's Aleo address. */
    publicKey: z.union([hexBytes(65), aleoAddress]),
    /** EIP-55, or a sealed key's Aleo address once more. */
    address: z.union([z.string().regex(/^0x[0-9a-fA-F]{40}$/), aleoAddress]),
    /** Stands with a key that is not in the device; its attributes are then those of the AES key that seals it. */
    custody: z.literal("sealed-software").optional(),
    use: keyUseSchema,
    attributes,
  }),
  device: z.strictObject({
    token: deviceText,
    serial: deviceText,
    manufacturer: deviceText,
    model: deviceText,
    firmware: deviceText,
    library: deviceText,
  }),
  /** The vendor's certificate over the key, in PEM; null where the device made none. */
  attestationCertificate: z
    .string()
    .max(16_384)
    .regex(/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/)
    .nullable(),
});
export type CeremonyStatement = z.output<typeof ceremonyStatementSchema>;

const domain = utf8ToBytes("hsm-attestor/ceremony/v1:");

/**
 * The digest that the key signs: keccak256(domain ‖ public key, 65 bytes, or a sealed key's address ‖ the statement's canonical
 * text).
 *
 * It cannot be any other digest of ours, whatever key signs it: their inputs begin otherwise (see `possessionDigest`).
 */
export function ceremonyDigest(statement: CeremonyStatement): Hex {
  const { publicKey: text } = statement.key;
  const publicKey = text.startsWith("0x") ? hexToBytes(text.slice(2)) : utf8ToBytes(text);
  return `0x${bytesToHex(keccak256(concatBytes(domain, publicKey, utf8ToBytes(canonicalText(statement)))))}`;
}

/** JSON with one spelling that people can read: keys sorted, two blanks a level, a line feed at the end. */
export function canonicalText(value: object): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sorted);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}
