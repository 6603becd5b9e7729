import { bytesToHex } from "@noble/hashes/utils.js";
import type { Hex } from "../../shared/digest/index.ts";
import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import type { Vendor } from "../keyUri/index.ts";
import { readAttribute } from "../pkcs11/attributes.ts";
import { type AttributeReport, inspectPrivateKey } from "../pkcs11/checkAttributes.ts";
import { findKeyObjects } from "../pkcs11/findObjects.ts";
import { profileOf } from "../pkcs11/profile.ts";
import { publicKeyOfPoint } from "../pkcs11/publicKey.ts";
import { findToken } from "../pkcs11/token.ts";
import type { UserPin } from "./readPinFile.ts";
import { withCryptoki, withLogin } from "./withCryptoki.ts";

export interface ListRequest {
  /** Absolute path of the PKCS#11 library. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  /** Needed only where two tokens have the label. */
  readonly serial?: string;
  readonly pin: UserPin;
  /** Whose token it is, where the token does not tell. */
  readonly vendor?: Vendor;
}

/** A private key in a token. */
export interface ListedKey {
  /** Hex. */
  readonly id: string;
  readonly label: string;
  /** Of the token. */
  readonly serial: string;
  /** Of the one public key with this id and label; missing where there is none of secp256k1. */
  readonly publicKey?: Hex;
  /** EIP-55. */
  readonly address?: string;
  readonly attributes: AttributeReport["found"];
  /** Demanded attributes that are not as they must be. */
  readonly unmet: AttributeReport["unmet"];
  /** Whether the keeper would take it: a public key of secp256k1 and no demand unmet. */
  readonly usable: boolean;
}

/**
 * Every private key of a token, with what the token states about it.
 *
 * @throws AttestorError `token_missing`, `pin_rejected`, `pin_latched`, `module_unusable`, `hsm_error`.
 */
export function listKeys({ module, token: label, serial, pin, vendor }: ListRequest): ListedKey[] {
  return withCryptoki(module, (cryptoki) => {
    const token = findToken(cryptoki, serial === undefined ? { label } : { label, serial });
    const profile = profileOf(token, vendor);
    return withLogin(cryptoki, token, pin, (session) => {
      const publicKeys = findKeyObjects(cryptoki, session, "CKO_PUBLIC_KEY");
      const privateKeys = findKeyObjects(cryptoki, session, "CKO_PRIVATE_KEY");
      return privateKeys.sort(byId).map((key) => {
        const twins = publicKeys.filter(({ id, label: name }) => id.equals(key.id) && name === key.label);
        const twin = twins.length === 1 ? twins[0] : undefined;
        const point = twin && readAttribute(cryptoki, session, twin.handle, "CKA_EC_POINT");
        const publicKey = point && publicKeyOfPoint(point);
        const { found, unmet } = inspectPrivateKey(cryptoki, session, key.handle, profile);
        return {
          id: key.id.toString("hex"),
          label: key.label,
          serial: token.serial,
          ...(publicKey && {
            publicKey: `0x${bytesToHex(publicKey)}` as const,
            address: addressOfPublicKey(publicKey),
          }),
          attributes: found,
          unmet,
          usable: publicKey !== undefined && unmet.length === 0,
        };
      });
    });
  });
}

/** A token shows its objects in any order, and not always the same. */
function byId(one: { id: Buffer; label: string }, other: { id: Buffer; label: string }): number {
  return Buffer.compare(one.id, other.id) || (one.label < other.label ? -1 : 1);
}
