import path from "node:path";
import {
  type CeremonyStatement,
  type CeremonyTranscript,
  formatKeyUri,
  refuseOtherCertificate,
  type Vendor,
} from "../../hsm/index.ts";
import { describeKeyOrigin, generateKey, listKeys, readPinFile } from "../../hsm/provisioning/index.ts";
import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { CeremonyForm } from "./ceremonyForm.ts";
import { heldAt, signedByKey } from "./signedByKey.ts";

export interface CeremonyOptions {
  /** Absolute path of the PKCS#11 library. */
  readonly module: string;
  readonly serial: string | undefined;
  /** Whose token it is, where the token does not tell. */
  readonly vendor: Vendor | undefined;
  /** Records a key that is in the token already, instead of generating one. */
  readonly existing: boolean;
  /** The vendor's certificate over the key in PEM, where it does not stand in the token. */
  readonly certificate: string | undefined;
  readonly nowMs: number;
}

/**
 * Generates the key, reads from the device what it says of it, and has the key sign all of that through a keeper: the
 * same process, checks and protocol that will serve it.
 *
 * @throws AttestorError what {@link generateKey} and a keeper's start throw.
 */
export async function holdCeremony(form: CeremonyForm, options: CeremonyOptions): Promise<CeremonyTranscript> {
  const pinFile = path.resolve(form.pinFile);
  const { module, serial, vendor } = options;
  const place = { module, token: form.token, pin: readPinFile(pinFile) };
  const inToken = { ...place, ...(serial !== undefined && { serial }), ...(vendor && { vendor }) };
  const key = options.existing
    ? existingKey(form, inToken, pinFile)
    : generateKey({ ...inToken, pinFile, id: form.id, label: form.label });
  const { device, certificate } = describeKeyOrigin(key.uri, place.pin);
  const attestationCertificate = options.certificate?.replaceAll("\r", "") ?? certificate;
  const publicKey = publicKeyFromHex(key.publicKey);
  if (publicKey && attestationCertificate !== null) refuseOtherCertificate(attestationCertificate, publicKey);
  const statement: CeremonyStatement = {
    format: "hsm-attestor key ceremony v1",
    heldAt: heldAt(options.nowMs),
    participants: [...form.participants],
    generated: !options.existing,
    key: { ...key, name: form.label, use: form.use, attributes: { ...key.attributes } },
    device,
    attestationCertificate,
  };
  return signedByKey(statement);
}

type CeremonyKey = Pick<ReturnType<typeof generateKey>, "uri" | "publicKey" | "address" | "attributes">;

function existingKey(form: CeremonyForm, inToken: Parameters<typeof listKeys>[0], pinFile: string): CeremonyKey {
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
