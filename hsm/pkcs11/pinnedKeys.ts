import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { KeyUri } from "../keyUri/index.ts";
import { readAttribute } from "./attributes.ts";
import { inspectPrivateKey, refuseUnmet } from "./checkAttributes.ts";
import type { Cryptoki, ObjectHandle, SessionHandle } from "./cryptoki.ts";
import { findKeyObjects, type KeyObject } from "./findObjects.ts";
import type { TokenProfile } from "./profile.ts";
import { publicKeyOfPoint } from "./publicKey.ts";

/** A key that the configuration names, with the public key that it pins. */
export interface PinnedKey {
  readonly name: string;
  readonly uri: KeyUri;
  /** 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array;
}

/** A pinned key found in the token and checked. */
export interface FoundKey {
  readonly pinned: PinnedKey;
  readonly privateKey: ObjectHandle;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Finds each pinned key and checks it: exactly one private and one public object have its id and label, every demanded
 * attribute is as it must be, the public object holds the pinned key.
 *
 * That private and public object belong together is shown by a signature, not here.
 *
 * @throws AttestorError `key_missing`, `key_attribute`, `key_mismatch`, `hsm_error`.
 */
export function findPinnedKeys(
  cryptoki: Cryptoki,
  session: SessionHandle,
  profile: TokenProfile,
  keys: readonly PinnedKey[],
): FoundKey[] {
  const privateKeys = findKeyObjects(cryptoki, session, "CKO_PRIVATE_KEY");
  const publicKeys = findKeyObjects(cryptoki, session, "CKO_PUBLIC_KEY");
  return keys.map((pinned) => {
    const privateKey = onlyMatch(privateKeys, pinned, "private key");
    const report = inspectPrivateKey(cryptoki, session, privateKey, profile);
    refuseUnmet(pinned.name, report);
    const publicKey = onlyMatch(publicKeys, pinned, "public key");
    comparePublicKey(pinned, readAttribute(cryptoki, session, publicKey, "CKA_EC_POINT"));
    return { pinned, privateKey, attributes: report.found };
  });
}

function onlyMatch(objects: readonly KeyObject[], { name, uri }: PinnedKey, kind: string): ObjectHandle {
  const matches = objects.filter(({ id, label }) => label === uri.object && id.equals(uri.id));
  const [match, ...others] = matches;
  if (match !== undefined && others.length === 0) return match.handle;
  const wanted = `with id 0x${Buffer.from(uri.id).toString("hex")} and label ${uri.object}`;
  const found = matches.length === 0 ? `has no ${kind}` : `has ${matches.length} ${kind}s`;
  throw new AttestorError("key_missing", { key: name, reason: `token ${uri.token} ${found} ${wanted}` });
}

function comparePublicKey({ name, publicKey }: PinnedKey, point: Buffer | undefined): void {
  const found = point && publicKeyOfPoint(point);
  if (found && Buffer.from(found).equals(publicKey)) return;
  throw new AttestorError("key_mismatch", {
    key: name,
    expected: addressOfPublicKey(publicKey),
    found: found ? addressOfPublicKey(found) : "no public key of secp256k1",
  });
}
