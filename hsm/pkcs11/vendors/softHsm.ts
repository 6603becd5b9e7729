import { encodeValue } from "../attributes.ts";
import { mechanism, secp256k1Parameters } from "../constants.ts";
import type { TokenProfile } from "../profile.ts";
import { always, generatedInside, given, stated } from "./demands.ts";

/**
 * SoftHSM 2 honours every attribute that PKCS#11 has for keeping a key inside and for signing only. SIGN_RECOVER is true
 * unless generation asks for false.
 */
export const softHsm: TokenProfile = {
  vendor: "softhsm",
  recognises: ({ manufacturer }) => manufacturer === "SoftHSM project",
  readWriteSessions: false,
  handlesPerSession: false,
  dataObjects: true,
  publicKey: {
    CKA_TOKEN: true,
    CKA_PRIVATE: false,
    CKA_VERIFY: true,
    CKA_MODIFIABLE: false,
    CKA_EC_PARAMS: secp256k1Parameters,
  },
  demands: [
    ...always,
    stated("CKA_KEY_GEN_MECHANISM", generatedInside),
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
