import { AttestorError } from "../../shared/errors/index.ts";
import { type AttributeValue, encodeValue, type Template } from "./attributes.ts";
import { type AttributeName, keyType, mechanism, objectClass, secp256k1Parameters } from "./constants.ts";
import type { Token } from "./token.ts";

/** One thing that a private key's attribute must say. */
export interface Demand {
  readonly attribute: AttributeName;
  readonly value: AttributeValue;
  /** Whether generation has to ask for it, or the module states it of its own. */
  readonly origin: "given" | "stated";
}

/** How to use one vendor's tokens. A further vendor is a further object of this type. */
export interface TokenProfile {
  /** What the vendor's tokens give as their manufacturer (CK_TOKEN_INFO). */
  readonly manufacturer: string;
  /** Whether a signing session must be a read/write one. A read-only session can neither create nor destroy keys. */
  readonly readWriteSessions: boolean;
  /** Whether a key's handle is good only in the session that found it. */
  readonly handlesPerSession: boolean;
  /** Whether a token can hold private data objects, and so the id of the ledger that its keys belong to. */
  readonly dataObjects: boolean;
  /** Demanded of every private key, at generation and again at every start. */
  readonly demands: readonly Demand[];
}

const given = (attribute: AttributeName, value: AttributeValue): Demand => ({ attribute, value, origin: "given" });
const stated = (attribute: AttributeName, value: AttributeValue): Demand => ({ attribute, value, origin: "stated" });

/**
 * SoftHSM 2 honours every attribute that PKCS#11 has for keeping a key inside and for signing only. LOCAL,
 * ALWAYS_SENSITIVE and NEVER_EXTRACTABLE together tell a key that was generated inside from an imported one.
 * SIGN_RECOVER is true unless generation asks for false.
 */
const softHsm: TokenProfile = {
  manufacturer: "SoftHSM project",
  readWriteSessions: false,
  handlesPerSession: false,
  dataObjects: true,
  demands: [
    stated("CKA_CLASS", objectClass.CKO_PRIVATE_KEY),
    stated("CKA_KEY_TYPE", keyType.CKK_EC),
    stated("CKA_EC_PARAMS", secp256k1Parameters),
    given("CKA_TOKEN", true),
    given("CKA_PRIVATE", true),
    given("CKA_SENSITIVE", true),
    stated("CKA_ALWAYS_SENSITIVE", true),
    given("CKA_EXTRACTABLE", false),
    stated("CKA_NEVER_EXTRACTABLE", true),
    stated("CKA_LOCAL", true),
    stated("CKA_KEY_GEN_MECHANISM", mechanism.CKM_EC_KEY_PAIR_GEN),
    given("CKA_SIGN", true),
    given("CKA_SIGN_RECOVER", false),
    given("CKA_DECRYPT", false),
    given("CKA_UNWRAP", false),
    given("CKA_DERIVE", false),
    given("CKA_ALLOWED_MECHANISMS", encodeValue(mechanism.CKM_ECDSA)),
    given("CKA_MODIFIABLE", false),
    given("CKA_COPYABLE", false),
    given("CKA_DESTROYABLE", false),
  ],
};

const profiles: readonly TokenProfile[] = [softHsm];

/**
 * The profile of a token's vendor.
 *
 * @throws AttestorError `module_unusable` for a vendor that none is written for: what its attributes mean is not known.
 */
export function profileOf(token: Token): TokenProfile {
  const profile = profiles.find(({ manufacturer }) => manufacturer === token.manufacturer);
  if (profile !== undefined) return profile;
  const known = profiles.map(({ manufacturer }) => manufacturer).join(", ");
  const reason = `token ${token.label} is made by "${token.manufacturer}"; there are profiles for ${known}`;
  throw new AttestorError("module_unusable", { reason });
}

/** The attributes that generation asks for. */
export function privateKeyTemplate(profile: TokenProfile): Template {
  const asked = profile.demands.filter(({ origin }) => origin === "given");
  return Object.fromEntries(asked.map(({ attribute, value }) => [attribute, value]));
}
