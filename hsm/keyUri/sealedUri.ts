import { formatTokenUri, type KeyUri, parseTokenUri, type TokenUriForm, tokenOf } from "./keyUri.ts";

/** A key whose seed is in a file, sealed by an AES key that is in a token. */
export interface SealedUri {
  /** The AES key. */
  readonly sealingKey: KeyUri;
  /** Absolute path. */
  readonly sealedFile: string;
}

const form: TokenUriForm = { start: "aleo-sealed:", type: "secret-key", further: ["sealed-file"] };

/**
 * Reads `aleo-sealed:token=T;serial=S;id=%00%01;object=O[;type=secret-key]?module-path=/PATH&pin-source=file:/PATH&sealed-file=/PATH`:
 * what RFC 7512 says of the AES key, and where the sealed seed is.
 *
 * @throws AttestorError `invalid_field` (field `uri`).
 */
export function parseSealedUri(text: string): SealedUri {
  const { key, further } = parseTokenUri(text, form);
  return { sealingKey: key, sealedFile: further[0] ?? "" };
}

/** Writes the URI that {@link parseSealedUri} reads back as the same key. */
export function formatSealedUri({ sealingKey, sealedFile }: SealedUri): string {
  return formatTokenUri(sealingKey, form, [sealedFile]);
}

/** Equal for two URIs exactly if one keeper unseals both. */
export function sealingTokenOf({ sealingKey }: SealedUri): string {
  return tokenOf(sealingKey);
}
