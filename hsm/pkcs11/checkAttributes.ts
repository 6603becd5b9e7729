import { bytesToHex } from "@noble/hashes/utils.js";
import { AttestorError } from "../../shared/errors/index.ts";
import { type AttributeValue, encodeValue, readAttribute } from "./attributes.ts";
import { answered, type Cryptoki, type ObjectHandle, type SessionHandle } from "./cryptoki.ts";
import type { TokenProfile } from "./profile.ts";

/** What a private key's attributes say, against what is demanded of them. */
export interface AttributeReport {
  /** Attribute → what was found, in readable form. */
  readonly found: Readonly<Record<string, string>>;
  /** The demands that are not met; none for a key that may sign. */
  readonly unmet: readonly { readonly attribute: string; readonly expected: string; readonly found: string }[];
}

/** The module must refuse to read out the key itself, whatever its attributes claim. */
const secretStays = "not readable";

/**
 * Reads every attribute that the profile demands, one by one, and tries to read the private value.
 *
 * @throws AttestorError `hsm_error` if the module fails otherwise than by not having or not giving an attribute.
 */
export function inspectPrivateKey(
  cryptoki: Cryptoki,
  session: SessionHandle,
  key: ObjectHandle,
  profile: Pick<TokenProfile, "demands">,
): AttributeReport {
  const rows = profile.demands.map(({ attribute, value, silence }) => {
    const bytes = readAttribute(cryptoki, session, key, attribute);
    const met = bytes?.equals(encodeValue(value)) ?? silence === "accepted";
    return { attribute: attribute as string, met, expected: readable(value), found: readableAs(value, bytes) };
  });
  const value = valueReadOut(cryptoki, session, key);
  rows.push({ attribute: "CKA_VALUE", met: value === secretStays, expected: secretStays, found: value });
  return {
    found: Object.fromEntries(rows.map(({ attribute, found }) => [attribute, found])),
    unmet: rows.filter(({ met }) => !met).map(({ attribute, expected, found }) => ({ attribute, expected, found })),
  };
}

/** @throws AttestorError `key_attribute` naming the first demand that is not met. */
export function refuseUnmet(key: string, report: AttributeReport): void {
  const [first] = report.unmet;
  if (first !== undefined) throw new AttestorError("key_attribute", { key, ...first });
}

function valueReadOut(cryptoki: Cryptoki, session: SessionHandle, key: ObjectHandle): string {
  try {
    const value = readAttribute(cryptoki, session, key, "CKA_VALUE")?.fill(0);
    return value === undefined ? "unknown to the module" : "readable";
  } catch (error) {
    if (answered(error, "CKR_ATTRIBUTE_SENSITIVE")) return secretStays;
    throw error;
  }
}

/** The found bytes in the form of the demanded value, or as hex where they have another length. */
function readableAs(demanded: AttributeValue, bytes: Buffer | undefined): string {
  if (bytes === undefined) return "not stated";
  if (bytes.length !== encodeValue(demanded).length) return bytes.length === 0 ? "empty" : hex(bytes);
  if (typeof demanded === "boolean") return readable(bytes[0] !== 0);
  if (typeof demanded === "number") return `0x${bytes.readBigUInt64LE().toString(16)}`;
  return hex(bytes);
}

function readable(value: AttributeValue): string {
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" ? `0x${value.toString(16)}` : hex(value);
}

/** Bytes shown of a value at most: what a module answers may be long, and not all of it the attribute's. */
const shownBytes = 64;

function hex(bytes: Uint8Array): string {
  const start = `0x${bytesToHex(bytes.subarray(0, shownBytes))}`;
  return bytes.length <= shownBytes ? start : `${start}… (${bytes.length} bytes)`;
}
