import { AttestorError } from "../../shared/errors/index.ts";
import type { KeyUri } from "../keyUri/index.ts";
import { encodeTemplate, encodeValue, type Template } from "../pkcs11/attributes.ts";
import { type AttributeReport, inspectPrivateKey, refuseUnmet } from "../pkcs11/checkAttributes.ts";
import { keyType, mechanism, objectClass } from "../pkcs11/constants.ts";
import { type Cryptoki, call, type ObjectHandle, type SessionHandle } from "../pkcs11/cryptoki.ts";
import { findKeyObjects } from "../pkcs11/findObjects.ts";
import type { Demand } from "../pkcs11/profile.ts";
import { given, givenIfKnown, ifStated, stated, staysInside } from "../pkcs11/vendors/demands.ts";

/**
 * What a token has to state of an AES key that seals seeds: made inside, never readable, and good for nothing but AES-GCM. A
 * vendor may not know the attributes below the line.
 */
const demands: readonly Demand[] = [
  stated("CKA_CLASS", objectClass.CKO_SECRET_KEY),
  stated("CKA_KEY_TYPE", keyType.CKK_AES),
  given("CKA_VALUE_LEN", 32),
  ...staysInside,
  given("CKA_ENCRYPT", true),
  given("CKA_DECRYPT", true),
  given("CKA_SIGN", false),
  given("CKA_VERIFY", false),
  given("CKA_WRAP", false),
  given("CKA_UNWRAP", false),
  given("CKA_DERIVE", false),
  // ----
  ifStated("CKA_KEY_GEN_MECHANISM", mechanism.CKM_AES_KEY_GEN),
  givenIfKnown("CKA_ALLOWED_MECHANISMS", encodeValue(mechanism.CKM_AES_GCM)),
  givenIfKnown("CKA_MODIFIABLE", false),
  givenIfKnown("CKA_COPYABLE", false),
  givenIfKnown("CKA_DESTROYABLE", false),
];

/** An AES key in a token, with what the token states of it. */
export interface SealingKey {
  readonly handle: ObjectHandle;
  readonly attributes: AttributeReport["found"];
}

/**
 * Finds the one AES key with that id and label, and checks what the token states of it.
 *
 * @param name of the key that it seals, for the refusal.
 * @throws AttestorError `key_missing`, `key_attribute`, `hsm_error`.
 */
export function findSealingKey(
  cryptoki: Cryptoki,
  session: SessionHandle,
  name: string,
  { token, object, id }: Pick<KeyUri, "token" | "object" | "id">,
): SealingKey {
  const found = findKeyObjects(cryptoki, session, "CKO_SECRET_KEY").filter(
    (key) => key.label === object && key.id.equals(id),
  );
  const [key, ...others] = found;
  if (key !== undefined && others.length === 0) return checked(cryptoki, session, name, key.handle);
  const wanted = `with id 0x${Buffer.from(id).toString("hex")} and label ${object}`;
  const reason = `token ${token} has ${found.length === 0 ? "no secret key" : `${found.length} secret keys`} ${wanted}`;
  throw new AttestorError("key_missing", { key: name, reason });
}

/**
 * Generates an AES-256 key inside the token.
 *
 * @throws AttestorError `conflict` if a secret key has this id or label already, `key_attribute`, `hsm_error`.
 */
export function generateSealingKey(
  cryptoki: Cryptoki,
  session: SessionHandle,
  { object, id }: Pick<KeyUri, "object" | "id">,
): SealingKey {
  const taken = findKeyObjects(cryptoki, session, "CKO_SECRET_KEY").find(
    (key) => key.label === object || key.id.equals(id),
  );
  if (taken) {
    const reason = `the token has a secret key with id ${taken.id.toString("hex")} and label ${taken.label} already`;
    throw new AttestorError("conflict", { reason });
  }
  const asked = demands.filter((demand) => demand.asked).map(({ attribute, value }) => [attribute, value] as const);
  const template: Template = { ...Object.fromEntries(asked), CKA_ID: id, CKA_LABEL: Buffer.from(object, "utf8") };
  const handle = call("C_GenerateKey", () =>
    cryptoki.C_GenerateKey(session, { mechanism: mechanism.CKM_AES_KEY_GEN }, encodeTemplate(template)),
  );
  return checked(cryptoki, session, object, handle);
}

function checked(cryptoki: Cryptoki, session: SessionHandle, name: string, handle: ObjectHandle): SealingKey {
  const report = inspectPrivateKey(cryptoki, session, handle, { demands });
  refuseUnmet(name, report);
  return { handle, attributes: report.found };
}
