import { secp256k1Parameters } from "../constants.ts";
import type { TokenProfile } from "../profile.ts";
import { always, generatedInside, given, givenIfKnown, ifStated } from "./demands.ts";

/**
 * A token of a vendor that there is no profile for, and a token behind something that does not pass every attribute on
 * (p11-kit 0.24 answers CKR_DEVICE_ERROR for ALLOWED_MECHANISMS). Chosen by the URI only, because it demands less: that
 * the key stays inside must be stated, that it cannot be changed or used otherwise need not be.
 */
export const generic: TokenProfile = {
  vendor: "generic",
  recognises: () => false,
  readWriteSessions: false,
  handlesPerSession: false,
  dataObjects: false,
  publicKey: { CKA_TOKEN: true, CKA_VERIFY: true, CKA_EC_PARAMS: secp256k1Parameters },
  demands: [
    ...always,
    ifStated("CKA_KEY_GEN_MECHANISM", generatedInside),
    given("CKA_DERIVE", false),
    givenIfKnown("CKA_SIGN_RECOVER", false),
    given("CKA_DECRYPT", false),
    given("CKA_UNWRAP", false),
  ],
};
