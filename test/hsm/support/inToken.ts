import { createECDH } from "node:crypto";
import type { KeySpec } from "../../../hsm/index.ts";
import { formatKeyUri } from "../../../hsm/index.ts";
import { encodeTemplate, type Template } from "../../../hsm/pkcs11/attributes.ts";
import { keyType, mechanism, objectClass, secp256k1Parameters } from "../../../hsm/pkcs11/constants.ts";
import type { Cryptoki, SessionHandle } from "../../../hsm/pkcs11/cryptoki.ts";
import { findToken } from "../../../hsm/pkcs11/token.ts";
import { readPinFile } from "../../../hsm/provisioning/index.ts";
import { withCryptoki, withLogin } from "../../../hsm/provisioning/withCryptoki.ts";
import type { SoftHsm } from "../../support/softhsm.ts";

/**
 * Uses the token in this process, logged in. All of it is synchronous, so the environment is back as it was before
 * anything else runs.
 */
export function inToken<T>(hsm: SoftHsm, use: (cryptoki: Cryptoki, session: SessionHandle) => T): T {
  return withSoftHsmEnvironment(hsm, () =>
    withCryptoki(hsm.module, (cryptoki) => {
      const token = findToken(cryptoki, { label: hsm.token });
      return withLogin(cryptoki, token, readPinFile(hsm.pinFile), (session) => use(cryptoki, session));
    }),
  );
}

/** Sets what SoftHSM reads when it initialises, for the time of a synchronous call. */
export function withSoftHsmEnvironment<T>(hsm: Pick<SoftHsm, "confFile">, run: () => T): T {
  const before = process.env.SOFTHSM2_CONF;
  process.env.SOFTHSM2_CONF = hsm.confFile;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env.SOFTHSM2_CONF;
    else process.env.SOFTHSM2_CONF = before;
  }
}

/** The private key's template that the provisioning asks for, written out so that a test can spoil one attribute. */
export const demanded: Template = {
  CKA_TOKEN: true,
  CKA_PRIVATE: true,
  CKA_SENSITIVE: true,
  CKA_EXTRACTABLE: false,
  CKA_SIGN: true,
  CKA_SIGN_RECOVER: false,
  CKA_DECRYPT: false,
  CKA_UNWRAP: false,
  CKA_DERIVE: false,
  CKA_MODIFIABLE: false,
  CKA_COPYABLE: false,
  CKA_DESTROYABLE: false,
  CKA_ALLOWED_MECHANISMS: Uint8Array.of(0x41, 0x10, 0, 0, 0, 0, 0, 0),
};

export interface ForeignKey {
  /** 4 hex digits. */
  readonly id: string;
  readonly label: string;
  /** Template of the private key. */
  readonly template: Template;
  /** CKA_EC_PARAMS; by default secp256k1. */
  readonly curve?: Uint8Array;
}

/** Generates a key in the token as somebody else would, without our provisioning's care. */
export function generateForeignKey(hsm: SoftHsm, { id, label, template, curve }: ForeignKey): KeySpec {
  return inToken(hsm, (cryptoki, session) => {
    const names = { CKA_ID: Buffer.from(id, "hex"), CKA_LABEL: Buffer.from(label) };
    const pair = cryptoki.C_GenerateKeyPair(
      session,
      { mechanism: mechanism.CKM_EC_KEY_PAIR_GEN },
      encodeTemplate({ CKA_TOKEN: true, CKA_VERIFY: true, CKA_EC_PARAMS: curve ?? secp256k1Parameters, ...names }),
      encodeTemplate({ ...template, ...names }),
    );
    const point = cryptoki.C_GetAttributeValue(session, pair.publicKey, [{ type: 0x181 }])[0]?.value;
    return foreignSpec(hsm, id, label, point?.subarray(2) ?? Buffer.alloc(0));
  });
}

/** Imports a key that was made outside, with the attributes of one that was not. */
export function importKey(hsm: SoftHsm, { id, label, template }: ForeignKey): KeySpec {
  const outside = createECDH("secp256k1");
  const point = outside.generateKeys();
  return inToken(hsm, (cryptoki, session) => {
    const names = { CKA_ID: Buffer.from(id, "hex"), CKA_LABEL: Buffer.from(label) };
    const common = { CKA_KEY_TYPE: keyType.CKK_EC, CKA_EC_PARAMS: secp256k1Parameters, CKA_TOKEN: true, ...names };
    const value = Buffer.from(outside.getPrivateKey("hex").padStart(64, "0"), "hex");
    const wrapped = Buffer.concat([Buffer.of(0x04, 0x41), point]);
    cryptoki.C_CreateObject(
      session,
      encodeTemplate({ ...template, ...common, CKA_CLASS: objectClass.CKO_PRIVATE_KEY, CKA_VALUE: value }),
    );
    cryptoki.C_CreateObject(
      session,
      encodeTemplate({ ...common, CKA_CLASS: objectClass.CKO_PUBLIC_KEY, CKA_VERIFY: true, CKA_EC_POINT: wrapped }),
    );
    return foreignSpec(hsm, id, label, point);
  });
}

function foreignSpec(hsm: SoftHsm, id: string, label: string, publicKey: Buffer): KeySpec {
  const { module, token, serial, pinFile } = hsm;
  const uri = formatKeyUri({
    ...{ module, token, serial, object: label, id: Buffer.from(id, "hex") },
    pinSource: { file: pinFile },
  });
  const hex = publicKey.toString("hex");
  return { name: label, uri, publicKey: `0x${hex}`, scheme: "verulink-evm", deployment: "demo", destination: 1n };
}
