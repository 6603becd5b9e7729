import path from "node:path";
import {
  type CeremonyStatement,
  type CeremonyTranscript,
  refuseOtherCertificate,
  type Vendor,
} from "../../hsm/index.ts";
import { describeKeyOrigin, readPinFile } from "../../hsm/provisioning/index.ts";
import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import type { CeremonyForm } from "./ceremonyForm.ts";
import { ceremonyKey } from "./ceremonyKey.ts";
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
 * @throws AttestorError what {@link ceremonyKey} and a keeper's start throw.
 */
export async function holdCeremony(form: CeremonyForm, options: CeremonyOptions): Promise<CeremonyTranscript> {
  const pinFile = path.resolve(form.pinFile);
  const { module, serial, vendor } = options;
  const place = { module, token: form.token, pin: readPinFile(pinFile) };
  const inToken = { ...place, ...(serial !== undefined && { serial }), ...(vendor && { vendor }) };
  const key = ceremonyKey(form, { inToken, pinFile, existing: options.existing });
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
