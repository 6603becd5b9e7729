import { bytesToHex } from "@noble/hashes/utils.js";
import type { Hex } from "../../shared/digest/index.ts";
import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Vendor } from "../keyUri/index.ts";
import { encodeTemplate, readAttribute } from "../pkcs11/attributes.ts";
import { inspectPrivateKey, refuseUnmet } from "../pkcs11/checkAttributes.ts";
import { mechanism } from "../pkcs11/constants.ts";
import { type Cryptoki, call, type SessionHandle } from "../pkcs11/cryptoki.ts";
import { findKeyObjects } from "../pkcs11/findObjects.ts";
import { privateKeyTemplate, profileOf, type TokenProfile } from "../pkcs11/profile.ts";
import { publicKeyOfPoint } from "../pkcs11/publicKey.ts";
import { findToken } from "../pkcs11/token.ts";
import { keyNames, uriToBe } from "./keyNames.ts";
import type { UserPin } from "./readPinFile.ts";
import { withCryptoki, withLogin } from "./withCryptoki.ts";

export interface KeyRequest {
  /** Absolute path of the PKCS#11 library. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  /** Needed only where two tokens have the label. */
  readonly serial?: string;
  readonly pin: UserPin;
  /** Absolute path of the PIN's file, for the URI; not read here. */
  readonly pinFile: string;
  /** 4 hex digits: two bytes, which is what every vendor keeps as the key's id. */
  readonly id: string;
  /** 1 to 255 bytes in UTF-8. */
  readonly label: string;
  /** Whose token it is, where the token does not tell. */
  readonly vendor?: Vendor;
}

export interface GeneratedKey {
  /** For the configuration, with `pin-source`. */
  readonly uri: string;
  /** 65 bytes, uncompressed: to be pinned in the configuration. */
  readonly publicKey: Hex;
  /** EIP-55. */
  readonly address: string;
  /** What the token states about the private key. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Generates a secp256k1 key pair inside the token, with every attribute that the keeper will demand, and checks that
 * the token took them.
 *
 * @throws AttestorError `conflict` if a key has this id or label already, `invalid_field`, `token_missing`,
 * `pin_rejected`, `pin_latched`, `key_attribute` if the token made a key that is not as demanded, `module_unusable`, `hsm_error`.
 */
export function generateKey(request: KeyRequest): GeneratedKey {
  const { module, token: label, serial, pin, pinFile, vendor, ...key } = request;
  const { id, object } = keyNames(key);
  const names = { CKA_ID: id, CKA_LABEL: Buffer.from(object, "utf8") };
  return withCryptoki(module, (cryptoki) => {
    const token = findToken(cryptoki, serial === undefined ? { label } : { label, serial });
    const profile = profileOf(token, vendor);
    return withLogin(cryptoki, token, pin, (session) => {
      const place = { module, token: label, serial: token.serial, pinSource: { file: pinFile } };
      const uri = uriToBe({ ...place, id, object, ...(vendor && { vendor }) });
      refuseTaken(cryptoki, session, names);
      const { publicKey, attributes } = generate(cryptoki, session, profile, names, key.label);
      return {
        uri,
        publicKey: `0x${bytesToHex(publicKey)}`,
        address: addressOfPublicKey(publicKey),
        attributes,
      };
    });
  });
}

interface KeyNames {
  readonly CKA_ID: Buffer;
  readonly CKA_LABEL: Buffer;
}

function refuseTaken(cryptoki: Cryptoki, session: SessionHandle, { CKA_ID, CKA_LABEL }: KeyNames): void {
  const label = CKA_LABEL.toString("utf8");
  for (const kind of ["CKO_PRIVATE_KEY", "CKO_PUBLIC_KEY"] as const) {
    const taken = findKeyObjects(cryptoki, session, kind).find((key) => key.label === label || key.id.equals(CKA_ID));
    if (!taken) continue;
    const reason = `the token has a key with id ${taken.id.toString("hex")} and label ${taken.label} already`;
    throw new AttestorError("conflict", { reason });
  }
}

function generate(
  cryptoki: Cryptoki,
  session: SessionHandle,
  profile: TokenProfile,
  names: KeyNames,
  name: string,
): { publicKey: Uint8Array; attributes: Readonly<Record<string, string>> } {
  const pair = call("C_GenerateKeyPair", () =>
    cryptoki.C_GenerateKeyPair(
      session,
      { mechanism: mechanism.CKM_EC_KEY_PAIR_GEN },
      encodeTemplate({ ...profile.publicKey, ...names }),
      encodeTemplate({ ...privateKeyTemplate(profile), ...names }),
    ),
  );
  const report = inspectPrivateKey(cryptoki, session, pair.privateKey, profile);
  refuseUnmet(name, report);
  const point = readAttribute(cryptoki, session, pair.publicKey, "CKA_EC_POINT");
  const publicKey = point && publicKeyOfPoint(point);
  if (publicKey) return { publicKey, attributes: report.found };
  throw new AttestorError("key_attribute", {
    key: name,
    attribute: "CKA_EC_POINT",
    expected: "an uncompressed point of secp256k1",
    found: point ? `0x${point.toString("hex")}` : "not stated",
  });
}
