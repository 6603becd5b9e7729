import { type AnyKeyUri, isSealedUri, isTokenUri, type KeyUri, parseAnyKeyUri } from "../../hsm/index.ts";
import { generateKey, generateSealedKey, readPinFile } from "../../hsm/provisioning/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { KeyConfig } from "../../signer/index.ts";

/** What the new key is called, and where a sealed one's seed goes. */
export interface SuccessorWishes {
  /** Of the key in the token: the new key itself, or the AES key that seals it. */
  readonly label: string;
  readonly id: string;
  /** Needed for the successor of a sealed key and for no other; must not exist. */
  readonly sealedFile: string | undefined;
  /** The signer's, where it is noted that a PIN was rejected. */
  readonly stateFolder: string;
}

/** A generated key: its entry in signer.yaml and the address that bridges know it by. */
export interface MadeSuccessor {
  readonly address: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/**
 * Generates the successor of a key where the old one is: in its token, or sealed by a new AES key of that token.
 *
 * @throws AttestorError `usage` before anything is generated; what `generateKey` and `generateSealedKey` throw.
 */
export function makeSuccessor(old: KeyConfig, wishes: SuccessorWishes): MadeSuccessor {
  const { label, sealedFile } = wishes;
  const place = parseAnyKeyUri(old.uri);
  const { scheme, deployment, destination } = old;
  const use = { scheme, deployment, destination };
  if (isSealedUri(place)) {
    if (sealedFile === undefined) {
      const reason = `key ${old.name} is sealed: say with --sealed-file FILE where its successor's sealed seed goes`;
      throw new AttestorError("usage", { reason });
    }
    const { uri, address } = generateSealedKey({
      ...{ ...requestIn(place.sealingKey, wishes), deployment, destination },
      sealedFile,
    });
    const key = { name: label, uri, publicKey: address, ...use, custody: "sealed-software" };
    return { address, entry: { ...key, succeeds: old.name } };
  }
  if (sealedFile !== undefined) {
    throw new AttestorError("usage", { reason: `--sealed-file is for a sealed key, and ${old.name} is none` });
  }
  const { uri, publicKey, address } = generateKey(requestIn(inToken(place), wishes));
  return { address, entry: { name: label, uri, publicKey, ...use, succeeds: old.name } };
}

function inToken(place: AnyKeyUri): KeyUri {
  if (isTokenUri(place)) return place;
  throw new AttestorError("usage", {
    reason:
      "only a key in a token has its successor generated here; create another one where it is, and write it into the files yourself",
  });
}

function requestIn({ module, token, serial, vendor, pinSource }: KeyUri, { label, id, stateFolder }: SuccessorWishes) {
  if (!("file" in pinSource)) {
    throw new AttestorError("usage", { reason: "the key's PIN is no file here; generate the key with hsm keygen" });
  }
  const pin = { pin: readPinFile(pinSource.file, stateFolder), pinFile: pinSource.file };
  return { module, token, serial, label, id, ...(vendor && { vendor }), ...pin };
}
