import type { Attribute } from "pkcs11js";
import { AttestorError } from "../../shared/errors/index.ts";
import { type AttributeName, attribute } from "./constants.ts";
import { answered, type Cryptoki, call, type ObjectHandle, type SessionHandle } from "./cryptoki.ts";

/** What an attribute may hold: CK_BBOOL, CK_ULONG or bytes. Text is bytes in UTF-8. */
export type AttributeValue = boolean | number | Uint8Array;
export type Template = Readonly<Partial<Record<AttributeName, AttributeValue>>>;

/** CK_ULONG is as wide as a pointer; every machine this runs on has 64 bits, low byte first. */
const ulongBytes = 8;

/**
 * The bytes of a value as the module stores them. What the types let nobody write is looked for all the same: in the
 * binding it would end the process.
 *
 * @throws AttestorError `internal` for a value of another type.
 */
export function encodeValue(value: AttributeValue): Buffer {
  if (typeof value === "boolean") return Buffer.of(value ? 1 : 0);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new AttestorError("internal", { reason: "an attribute's value is neither a flag, a number nor bytes" });
  }
  const bytes = Buffer.alloc(ulongBytes);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/**
 * A template for pkcs11js. Every value is given as a Buffer: a value of another type than it expects crashes the
 * process instead of throwing.
 *
 * @throws AttestorError `internal` for a name that is no attribute's, or a value of another type.
 */
export function encodeTemplate(template: Template): Attribute[] {
  return Object.entries(template).map(([name, value]) => ({ type: typeOf(name), value: encodeValue(value) }));
}

function typeOf(name: string): number {
  if (Object.hasOwn(attribute, name)) return attribute[name as AttributeName];
  throw new AttestorError("internal", { reason: "a template names an attribute that there is not" });
}

/**
 * Reads one attribute. One at a time, because one sensitive or unknown attribute fails a whole list.
 *
 * @returns undefined if the object has no such attribute.
 * @throws AttestorError `hsm_error`; code `CKR_ATTRIBUTE_SENSITIVE` for what the module does not give away.
 */
export function readAttribute(
  cryptoki: Cryptoki,
  session: SessionHandle,
  object: ObjectHandle,
  name: AttributeName,
): Buffer | undefined {
  try {
    const template = [{ type: attribute[name] }];
    return call("C_GetAttributeValue", () => cryptoki.C_GetAttributeValue(session, object, template))[0]?.value;
  } catch (error) {
    if (answered(error, "CKR_ATTRIBUTE_TYPE_INVALID")) return undefined;
    throw error;
  }
}
