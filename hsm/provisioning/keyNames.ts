import { AttestorError } from "../../shared/errors/index.ts";
import { formatKeyUri, formatSealedUri, type KeyUri, parseKeyUri, parseSealedUri } from "../keyUri/index.ts";

/** The names that a new key gets in its token. @throws AttestorError `invalid_field`. */
export function keyNames({ id, label }: { readonly id: string; readonly label: string }): {
  id: Buffer;
  object: string;
} {
  if (!/^[0-9a-fA-F]{4}$/.test(id)) throw invalid("id", "must be 4 hex digits, such as 0001");
  const length = Buffer.byteLength(label);
  if (length < 1 || length > 255 || label.includes("\0"))
    throw invalid("label", "must be at most 255 bytes, without NUL");
  return { id: Buffer.from(id, "hex"), object: label };
}

/**
 * The URI of a key that is about to be generated. A key that no configuration could name would be in the token for good: it cannot
 * be destroyed.
 *
 * @param sealedFile where its sealed seed goes, for a key that is not in the token itself.
 * @throws AttestorError `invalid_field`.
 */
export function uriToBe(key: KeyUri, sealedFile?: string): string {
  const uri = sealedFile === undefined ? formatKeyUri(key) : formatSealedUri({ sealingKey: key, sealedFile });
  if (sealedFile === undefined) parseKeyUri(uri);
  else parseSealedUri(uri);
  return uri;
}

function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
