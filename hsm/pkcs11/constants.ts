/** The numbers of PKCS#11 2.40 that are used here, under the standard's own names. */

export const flag = {
  CKF_RW_SESSION: 0x2,
  CKF_SERIAL_SESSION: 0x4,
  /** In C_Initialize's arguments: the module may use the system's locks. */
  CKF_OS_LOCKING_OK: 0x2,
  /** In a token's flags, as all that follow. */
  CKF_USER_PIN_INITIALIZED: 0x8,
  CKF_CLOCK_ON_TOKEN: 0x40,
  CKF_USER_PIN_COUNT_LOW: 0x10000,
  CKF_USER_PIN_FINAL_TRY: 0x20000,
  CKF_USER_PIN_LOCKED: 0x40000,
  CKF_USER_PIN_TO_BE_CHANGED: 0x80000,
  /** C_InitToken has been called. */
  CKF_TOKEN_INITIALIZED: 0x400,
} as const;

/** What C_GetSessionInfo gives as the state of a session in which the user has logged in. */
export const userStates: readonly number[] = [1, 3]; // CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS

export const user = { CKU_SO: 0, CKU_USER: 1 } as const;

export const objectClass = {
  CKO_DATA: 0,
  CKO_CERTIFICATE: 1,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKO_SECRET_KEY: 4,
} as const;

export const keyType = { CKK_EC: 3, CKK_AES: 0x1f } as const;

export const mechanism = {
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_AES_KEY_GEN: 0x1080,
  CKM_AES_GCM: 0x1087,
} as const;

export const attribute = {
  CKA_CLASS: 0x0,
  CKA_TOKEN: 0x1,
  CKA_PRIVATE: 0x2,
  CKA_LABEL: 0x3,
  CKA_APPLICATION: 0x10,
  CKA_VALUE: 0x11,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_ENCRYPT: 0x104,
  CKA_DECRYPT: 0x105,
  CKA_WRAP: 0x106,
  CKA_UNWRAP: 0x107,
  CKA_SIGN: 0x108,
  CKA_SIGN_RECOVER: 0x109,
  CKA_VERIFY: 0x10a,
  CKA_DERIVE: 0x10c,
  CKA_VALUE_LEN: 0x161,
  CKA_EXTRACTABLE: 0x162,
  CKA_LOCAL: 0x163,
  CKA_NEVER_EXTRACTABLE: 0x164,
  CKA_ALWAYS_SENSITIVE: 0x165,
  CKA_KEY_GEN_MECHANISM: 0x166,
  CKA_MODIFIABLE: 0x170,
  CKA_COPYABLE: 0x171,
  CKA_DESTROYABLE: 0x172,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKA_ALLOWED_MECHANISMS: 0x40000600,
} as const;
export type AttributeName = keyof typeof attribute;

/** secp256k1 as CKA_EC_PARAMS: the DER of its object identifier 1.3.132.0.10 (SEC 2 §2.4.1). */
export const secp256k1Parameters = Uint8Array.of(0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a);
