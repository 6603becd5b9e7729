import { secp256k1Parameters } from "../constants.ts";
import type { TokenProfile } from "../profile.ts";
import { always, generatedInside, given, ifStated } from "./demands.ts";

/**
 * YubiHSM 2 through yubihsm_pkcs11, as its source reads (`parse_ec_generate_template`); not tried on a device.
 *
 * It takes DESTROYABLE with true only, and refuses attributes that it does not know, SIGN_RECOVER and
 * ALLOWED_MECHANISMS among them. What a key may do is decided by the capabilities of key and authentication key, which
 * PKCS#11 shows in part: `sign-ecdsa` as SIGN, `exportable-under-wrap` as EXTRACTABLE, `derive-ecdh` as DERIVE.
 */
export const yubiHsm: TokenProfile = {
  vendor: "yubihsm",
  recognises: ({ manufacturer, model }) => manufacturer === "Yubico (www.yubico.com)" && model === "YubiHSM",
  readWriteSessions: false,
  handlesPerSession: false,
  dataObjects: false,
  publicKey: { CKA_TOKEN: true, CKA_VERIFY: true, CKA_MODIFIABLE: false, CKA_EC_PARAMS: secp256k1Parameters },
  demands: [
    ...always,
    ifStated("CKA_KEY_GEN_MECHANISM", generatedInside),
    given("CKA_DERIVE", false),
    given("CKA_UNWRAP", false),
    given("CKA_MODIFIABLE", false),
    given("CKA_COPYABLE", false),
    ifStated("CKA_DECRYPT", false),
    ifStated("CKA_SIGN_RECOVER", false),
  ],
};
