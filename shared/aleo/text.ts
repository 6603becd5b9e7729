import { z } from "zod";
import { AttestorError } from "../errors/index.ts";
import { decodeBech32m, encodeBech32m } from "./bech32m.ts";
import { isSubgroupX } from "./curve.ts";
import { isFieldElement } from "./field.ts";

/** A field element as Aleo writes it, such as `12field`. */
export type FieldText = `${bigint}field`;

/** An account's address, or a program's. */
export type AleoAddressText = `aleo1${string}`;

/** A decimal integer of the field in its one spelling: no sign, no leading zeros, at most 76 digits. */
const fieldText = /^(0|[1-9][0-9]{0,75})field$/;

/**
 * Reads a field element: a decimal integer below the modulus and the suffix `field`.
 *
 * @param name of the value, for the refusal.
 * @throws AttestorError `invalid_field`.
 */
export function parseField(text: string, name: string): bigint {
  const value = fieldNumber(text);
  if (value !== undefined) return value;
  const reason = "must be an Aleo field: a decimal integer below the field's modulus, and the suffix field";
  throw new AttestorError("invalid_field", { field: name, reason });
}

/** Whether a text is a field element in its one spelling, as {@link parseField} takes it. */
export function isFieldText(text: string): text is FieldText {
  return fieldNumber(text) !== undefined;
}

function fieldNumber(text: string): bigint | undefined {
  const digits = fieldText.exec(text)?.[1];
  const value = digits === undefined ? undefined : BigInt(digits);
  return value !== undefined && isFieldElement(value) ? value : undefined;
}

export function formatField(value: bigint): FieldText {
  if (!isFieldElement(value)) throw new RangeError("not a field element");
  return `${value}field`;
}

/**
 * Reads an address: bech32m with prefix `aleo`, and its 32 little-endian bytes are the x-coordinate of a point of the
 * subgroup. A text that passes only the checksum names no account; snarkVM refuses it too.
 *
 * @param name of the value, for the refusal.
 * @returns the x-coordinate.
 * @throws AttestorError `invalid_field`.
 */
export function parseAddress(text: string, name: string): bigint {
  const x = addressNumber(text);
  if (x === undefined) {
    throw new AttestorError("invalid_field", { field: name, reason: "must be an Aleo address (aleo1…, bech32m)" });
  }
  if (isSubgroupX(x)) return x;
  const reason = "is spelled like an Aleo address, but no account can have it: it is not a point of the group";
  throw new AttestorError("invalid_field", { field: name, reason });
}

/** The number that an address spells, whether it is a point of the group or not; undefined if it is no such spelling. */
export function addressNumber(text: string): bigint | undefined {
  return decodeBech32m(text, "aleo", 32)?.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** @param x the x-coordinate of a point of the subgroup; that it is one is not checked again. */
export function formatAddress(x: bigint): AleoAddressText {
  return encodeBech32m("aleo", fieldBytes(x)) as AleoAddressText;
}

const blockHash = "must be the hash of an Aleo block (ab1…, bech32m)";

/** Hash of a block in its one spelling: bech32m with prefix `ab`, lower case, 32 bytes. */
export const aleoBlockHash = z
  .string({ error: blockHash })
  .refine((text) => decodeBech32m(text, "ab", 32) !== undefined, { error: blockHash });

/** @param bytes 32 of them. */
export function formatBlockHash(bytes: Uint8Array): string {
  return encodeBech32m("ab", bytes);
}

/** The 32 bytes of a field element, the lowest first. */
export function fieldBytes(value: bigint): Uint8Array {
  if (!isFieldElement(value)) throw new RangeError("not a field element");
  return Uint8Array.from({ length: 32 }, (_, index) => Number(BigInt.asUintN(8, value >> BigInt(8 * index))));
}
