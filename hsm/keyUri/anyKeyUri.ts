import { AttestorError } from "../../shared/errors/index.ts";
import { type KeyUri, parseKeyUri, tokenOf } from "./keyUri.ts";
import { accountOf, type KmsUri, parseKmsUri } from "./kmsUri.ts";

/** A key wherever it is; the URI's scheme picks the backend. */
export type AnyKeyUri = KeyUri | KmsUri;

/** @throws AttestorError `invalid_field` (field `uri`). */
export function parseAnyKeyUri(text: string): AnyKeyUri {
  if (text.startsWith("awskms:")) return parseKmsUri(text);
  if (text.startsWith("pkcs11:")) return parseKeyUri(text);
  const reason = "must start with pkcs11: (RFC 7512) or awskms:";
  throw new AttestorError("invalid_field", { field: "uri", reason });
}

export function isKmsUri(uri: AnyKeyUri): uri is KmsUri {
  return "arn" in uri;
}

/** Equal for two URIs exactly if one keeper holds both keys. */
export function deviceOf(uri: AnyKeyUri): string {
  return isKmsUri(uri) ? `awskms:${accountOf(uri)}` : `pkcs11:${tokenOf(uri)}`;
}
