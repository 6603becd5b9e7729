import pkcs11js from "pkcs11js";
import { AttestorError } from "../../shared/errors/index.ts";
import { mechanism } from "../pkcs11/constants.ts";
import { answered, type Cryptoki, call, type ObjectHandle, type SessionHandle } from "../pkcs11/cryptoki.ts";
import {
  nonceLength,
  type SealContext,
  type SealedSeed,
  sealContextBytes,
  seedLength,
  tagLength,
} from "./sealedFile.ts";

/**
 * The two forms of CK_GCM_PARAMS as the binding names them: that of PKCS#11 2.40's header, with `ulIvBits`, and that of its
 * text, without, which SoftHSM 2.6.1 has. A module tells by the length which one it is given.
 */
const parameterForms = [pkcs11js.CK_PARAMS_AES_GCM_v240, pkcs11js.CK_PARAMS_AES_GCM];

/** A token in which the user has logged in, and the AES key there. */
export interface Sealer {
  readonly cryptoki: Cryptoki;
  readonly session: SessionHandle;
  readonly key: ObjectHandle;
}

/**
 * Seals a seed (CKM_AES_GCM). A device that insists on choosing the nonce writes it over ours or appends it to what it gives
 * back; both are taken, and what was sealed is opened again before it counts.
 *
 * @throws AttestorError `hsm_error`; `internal` if what was sealed does not open.
 */
export function sealSeed(sealer: Sealer, seed: Buffer, context: SealContext): SealedSeed {
  const { cryptoki, session, key } = sealer;
  const nonce = call("C_GenerateRandom", () => cryptoki.C_GenerateRandom(session, Buffer.alloc(nonceLength)));
  const output = Buffer.alloc(128);
  begin((mechanism) => call("C_EncryptInit", () => cryptoki.C_EncryptInit(session, mechanism, key)), nonce, context);
  const sealed = partsOf(
    call("C_Encrypt", () => cryptoki.C_Encrypt(session, seed, output)),
    nonce,
    context,
  );
  const opened = unsealSeed(sealer, "the new key", sealed, context);
  try {
    if (opened.equals(seed)) return sealed;
    throw new AttestorError("internal", { reason: "the token opens what it sealed as something else" });
  } finally {
    opened.fill(0);
  }
}

/** @param nonce as it is after the call. */
export function partsOf(output: Uint8Array, nonce: Uint8Array, { address, sealingKey }: SealContext): SealedSeed {
  const sealedLength = seedLength + tagLength;
  const appended = output.subarray(sealedLength);
  if (
    output.length < sealedLength ||
    (appended.length > 0 && (appended.length < nonceLength || appended.length > 16))
  ) {
    throw new AttestorError("hsm_error", { call: "C_Encrypt", code: `${output.length} bytes` });
  }
  return {
    format: "hsm-attestor sealed Aleo seed v1",
    address,
    sealingKey: hex(sealingKey),
    nonce: hex(appended.length > 0 ? appended : nonce),
    ciphertext: hex(output.subarray(0, seedLength)),
    tag: hex(output.subarray(seedLength, sealedLength)),
  };
}

/**
 * Opens a sealed seed.
 *
 * @param name of the key, for the refusal.
 * @returns 32 bytes, for the caller to wipe.
 * @throws AttestorError `key_missing` if it does not open for this address, use and key; `hsm_error`.
 */
export function unsealSeed(
  { cryptoki, session, key }: Sealer,
  name: string,
  sealed: SealedSeed,
  context: SealContext,
): Buffer {
  const [nonce, ciphertext, tag] = [sealed.nonce, sealed.ciphertext, sealed.tag].map(bytesOf);
  const output = Buffer.alloc(seedLength + tagLength);
  const init = (mechanism: Mechanism) => call("C_DecryptInit", () => cryptoki.C_DecryptInit(session, mechanism, key));
  begin(init, nonce ?? Buffer.alloc(0), context);
  try {
    const input = Buffer.concat([ciphertext ?? Buffer.alloc(0), tag ?? Buffer.alloc(0)]);
    const opened = Buffer.from(call("C_Decrypt", () => cryptoki.C_Decrypt(session, input, output)));
    if (opened.length === seedLength) return opened;
    opened.fill(0);
    throw new AttestorError("hsm_error", { call: "C_Decrypt", code: `${opened.length} bytes` });
  } catch (error) {
    // what a wrong tag is answered with differs; SoftHSM says CKR_GENERAL_ERROR
    if (!answered(error, "CKR_GENERAL_ERROR", "CKR_ENCRYPTED_DATA_INVALID", "CKR_AEAD_DECRYPT_FAILED")) throw error;
    const reason =
      "its sealed file does not open: it was changed, or sealed for another address, deployment, destination or AES key";
    throw new AttestorError("key_missing", { key: name, reason });
  } finally {
    output.fill(0);
  }
}

type Mechanism = Parameters<Cryptoki["C_EncryptInit"]>[1];

/** Begins with the form of parameters that the module takes. */
function begin(init: (mechanism: Mechanism) => void, iv: Buffer, context: SealContext): void {
  const sizes = { ivBits: iv.length * 8, tagBits: tagLength * 8 };
  for (const [index, type] of parameterForms.entries()) {
    try {
      const parameter: pkcs11js.AesGCM = { type, iv, aad: sealContextBytes(context), ...sizes };
      init({ mechanism: mechanism.CKM_AES_GCM, parameter });
      return;
    } catch (error) {
      const isLast = index === parameterForms.length - 1;
      if (isLast || !answered(error, "CKR_MECHANISM_PARAM_INVALID", "CKR_ARGUMENTS_BAD")) throw error;
    }
  }
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), "hex");
}

function hex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
