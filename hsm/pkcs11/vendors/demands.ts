import type { AttributeValue } from "../attributes.ts";
import { type AttributeName, keyType, mechanism, objectClass, secp256k1Parameters } from "../constants.ts";
import type { Demand } from "../profile.ts";

/** Generation asks for it, and the token must state it ever after. */
export const given = (attribute: AttributeName, value: AttributeValue): Demand => ({
  attribute,
  value,
  asked: true,
  silence: "refused",
});

/** The token decides it, and must state it. */
export const stated = (attribute: AttributeName, value: AttributeValue): Demand => ({
  attribute,
  value,
  asked: false,
  silence: "refused",
});

/** A token of this vendor may have no such attribute; what it states must be this. */
export const ifStated = (attribute: AttributeName, value: AttributeValue): Demand => ({
  attribute,
  value,
  asked: false,
  silence: "accepted",
});

/** Generation asks for it; what the token states must be this. */
export const givenIfKnown = (attribute: AttributeName, value: AttributeValue): Demand => ({
  attribute,
  value,
  asked: true,
  silence: "accepted",
});

/**
 * What makes a key, of whatever kind, one that stays inside. LOCAL, ALWAYS_SENSITIVE and NEVER_EXTRACTABLE together tell a key
 * that was generated inside from an imported one.
 */
export const staysInside: readonly Demand[] = [
  given("CKA_TOKEN", true),
  given("CKA_PRIVATE", true),
  given("CKA_SENSITIVE", true),
  stated("CKA_ALWAYS_SENSITIVE", true),
  given("CKA_EXTRACTABLE", false),
  stated("CKA_NEVER_EXTRACTABLE", true),
  stated("CKA_LOCAL", true),
];

/** What every vendor's token has to state, or the key is not taken: it is a secp256k1 key that stays inside and signs. */
export const always: readonly Demand[] = [
  stated("CKA_CLASS", objectClass.CKO_PRIVATE_KEY),
  stated("CKA_KEY_TYPE", keyType.CKK_EC),
  stated("CKA_EC_PARAMS", secp256k1Parameters),
  ...staysInside,
  given("CKA_SIGN", true),
];

export const generatedInside = mechanism.CKM_EC_KEY_PAIR_GEN;
