import { hexToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../../digest/index.ts";
import { type Bits, bitAt } from "../bits.ts";
import { fieldDataBits } from "../field.ts";
import { number, type Plaintext } from "../plaintext.ts";
import { plaintextBits } from "../plaintextBits.ts";
import { type FieldText, parseField } from "../text.ts";
import { domainElement } from "./poseidon.ts";

/** What a Schnorr signature is over: field elements, whose number is signed too. */
export type Message = readonly bigint[];

/** A value of type field as Aleo's `sign.verify` takes it: two elements. @throws AttestorError `invalid_field`. */
export function fieldMessage(text: FieldText): Message {
  return valueMessage(number("field", parseField(text, "message")));
}

/**
 * 32 bytes that are no attestation: what a key signs to show that it is there. Three elements, so it is never a
 * {@link fieldMessage}, nor what any program could verify.
 */
export function statementMessage(digest: Hex): Message {
  const bytes = hexToBytes(digest.slice(2));
  if (bytes.length !== 32) throw new RangeError("a digest has 32 bytes");
  const value = BigInt(digest);
  return [domainElement("hsm-attestor/statement/v1"), value >> 128n, BigInt.asUintN(128, value)];
}

/** A value's tagged bits, a closing 1, and what that gives in elements of 252 bits. */
function valueMessage(value: Plaintext): Message {
  const bits = plaintextBits(value);
  const count = Math.ceil((bits.length + 1) / fieldDataBits);
  return Array.from({ length: count }, (_, index) => elementAt(bits, index * fieldDataBits));
}

function elementAt(bits: Bits, start: number): bigint {
  let element = 0n;
  for (let index = fieldDataBits - 1; index >= 0; index--) {
    const at = start + index;
    element = (element << 1n) | BigInt(at === bits.length ? 1 : bitAt(bits, at));
  }
  return element;
}
