import { secp256k1Parameters } from "../constants.ts";
import type { TokenProfile } from "../profile.ts";
import { always, generatedInside, given, ifStated } from "./demands.ts";

/**
 * AWS CloudHSM, Client SDK 5, as its user guide describes it; not tried on a cluster.
 *
 * There are read/write sessions only, and handles are to be used in the session that found them. TOKEN is false unless
 * asked for; MODIFIABLE and PRIVATE can be given with their default true only, for the public key too; an attribute that
 * it does not know fails generation (CKR_TEMPLATE_INCONSISTENT).
 */
export const cloudHsm: TokenProfile = {
  vendor: "cloudhsm",
  recognises: () => false, // what a cluster gives as its manufacturer has changed between versions: the URI says it
  readWriteSessions: true,
  handlesPerSession: true,
  dataObjects: false,
  publicKey: { CKA_TOKEN: true, CKA_PRIVATE: true, CKA_VERIFY: true, CKA_EC_PARAMS: secp256k1Parameters },
  demands: [
    ...always,
    ifStated("CKA_KEY_GEN_MECHANISM", generatedInside),
    given("CKA_DECRYPT", false),
    given("CKA_UNWRAP", false),
    given("CKA_DERIVE", false),
    ifStated("CKA_SIGN_RECOVER", false),
    ifStated("CKA_MODIFIABLE", true),
  ],
};
