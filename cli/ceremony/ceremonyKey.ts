import { type CeremonyStatement, formatKeyUri } from "../../hsm/index.ts";
import { generateKey, generateSealedKey, type KeyRequest, listKeys } from "../../hsm/provisioning/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import type { CeremonyForm } from "./ceremonyForm.ts";

export interface CeremonyPlace {
  readonly inToken: Pick<KeyRequest, "module" | "token" | "serial" | "pin" | "vendor">;
  /** Absolute path, for the URI. */
  readonly pinFile: string;
  /** The key is in the token already. */
  readonly existing: boolean;
}

type CeremonyKey = Pick<CeremonyStatement["key"], "uri" | "publicKey" | "address" | "custody"> & {
  readonly attributes: Readonly<Record<string, string>>;
};

/**
 * The key that a ceremony is about: generated, found, or sealed.
 *
 * @throws AttestorError `usage`, `key_missing`, `key_attribute`, what `generateKey` and `generateSealedKey` throw.
 */
export function ceremonyKey(form: CeremonyForm, { inToken, pinFile, existing }: CeremonyPlace): CeremonyKey {
  const { id, label, use, sealedFile } = form;
  if (sealedFile === undefined) {
    return existing ? existingKey(form, inToken, pinFile) : newKey({ ...inToken, pinFile, id, label });
  }
  if (existing || use === "audit") {
    throw new AttestorError("usage", {
      reason: "a sealed key is made in its ceremony; --existing is for keys in a token",
    });
  }
  const { deployment, destination } = use;
  const usedFor = { deployment, destination: BigInt(destination) };
  const made = generateSealedKey({ ...inToken, pinFile, id, label, ...usedFor, sealedFile });
  return { ...made, publicKey: made.address, custody: "sealed-software" };
}

/** A ceremony that broke off after the key was made left it without a transcript: whoever begins again learns the ways on. */
function newKey(place: Parameters<typeof generateKey>[0]): CeremonyKey {
  try {
    return generateKey(place);
  } catch (error) {
    if (!isAttestorError(error, "conflict")) throw error;
    const ways = "take another --id and --label, or record that key with --existing";
    throw new AttestorError("conflict", { reason: `${error.data.reason}; ${ways}` });
  }
}

function existingKey(form: CeremonyForm, inToken: CeremonyPlace["inToken"], pinFile: string): CeremonyKey {
  const wanted = form.id.toLowerCase();
  const found = listKeys(inToken).filter(({ id, label }) => id === wanted && label === form.label);
  const [key, ...others] = found;
  if (!key || others.length > 0) {
    const reason = `the token has ${found.length} private keys with this id and label`;
    throw new AttestorError("key_missing", { key: form.label, reason });
  }
  const [unmet] = key.unmet;
  if (unmet) throw new AttestorError("key_attribute", { key: form.label, ...unmet });
  if (!key.publicKey || !key.address) {
    throw new AttestorError("key_missing", { key: form.label, reason: "it has no public key of secp256k1 beside it" });
  }
  const { module, token, vendor } = inToken;
  const place = { module, token, serial: key.serial, ...(vendor && { vendor }) };
  const names = { ...place, object: form.label, id: Buffer.from(wanted, "hex") };
  const uri = formatKeyUri({ ...names, pinSource: { file: pinFile } });
  return { uri, publicKey: key.publicKey, address: key.address, attributes: key.attributes };
}
