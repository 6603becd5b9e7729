import { AttestorError } from "../../shared/errors/index.ts";
import { formatKeyUri, type KeyUri, parseKeyUri, tokenOf } from "./keyUri.ts";
import { accountOf, formatKmsUri, type KmsUri, parseKmsUri } from "./kmsUri.ts";
import { formatSealedUri, parseSealedUri, type SealedUri, sealingTokenOf } from "./sealedUri.ts";

/** A key wherever it is; the URI's scheme picks the backend. */
export type AnyKeyUri = KeyUri | KmsUri | SealedUri;

/** @throws AttestorError `invalid_field` (field `uri`). */
export function parseAnyKeyUri(text: string): AnyKeyUri {
  if (text.startsWith("awskms:")) return parseKmsUri(text);
  if (text.startsWith("aleo-sealed:")) return parseSealedUri(text);
  if (text.startsWith("pkcs11:")) return parseKeyUri(text);
  const reason = "must start with pkcs11: (RFC 7512), awskms: or aleo-sealed:";
  throw new AttestorError("invalid_field", { field: "uri", reason });
}

export function formatAnyKeyUri(uri: AnyKeyUri): string {
  if (isKmsUri(uri)) return formatKmsUri(uri);
  return isSealedUri(uri) ? formatSealedUri(uri) : formatKeyUri(uri);
}

export function isKmsUri(uri: AnyKeyUri): uri is KmsUri {
  return "arn" in uri;
}

export function isSealedUri(uri: AnyKeyUri): uri is SealedUri {
  return "sealedFile" in uri;
}

/** Whether the key itself is in a PKCS#11 token. */
export function isTokenUri(uri: AnyKeyUri): uri is KeyUri {
  return !isKmsUri(uri) && !isSealedUri(uri);
}

/** Equal for two URIs exactly if one keeper holds both keys. */
export function deviceOf(uri: AnyKeyUri): string {
  if (isKmsUri(uri)) return `awskms:${accountOf(uri)}`;
  return isSealedUri(uri) ? `aleo-sealed:${sealingTokenOf(uri)}` : `pkcs11:${tokenOf(uri)}`;
}

/** Where a key is, in the words in which its device names itself. */
export interface DevicePlace {
  /** The token's label; of KMS the account. */
  readonly token: string;
  /** The token's serial number; of KMS the key's id. */
  readonly serial: string;
}

/** The device that a URI names. A sealed key's is that of the AES key that seals it. */
export function devicePlaceOf(uri: AnyKeyUri): DevicePlace {
  if (isKmsUri(uri)) {
    const [, , , , account = "", resource = ""] = uri.arn.split(":"); // arn:aws:kms:REGION:ACCOUNT:key/ID
    return { token: `account ${account}`, serial: resource.replace(/^key\//, "") };
  }
  const { token, serial } = isSealedUri(uri) ? uri.sealingKey : uri;
  return { token, serial };
}
