import { type CeremonyTranscript, formatKmsUri, isKmsUri, type KmsUri, parseAnyKeyUri } from "../../hsm/index.ts";
import { describeKmsKey } from "../../hsm/provisioning/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { CeremonyEntries } from "./ceremonyForm.ts";
import { heldAt, signedByKey } from "./signedByKey.ts";

/**
 * Records a key that was created in AWS KMS: what KMS states of it, its creation date too, all of it signed by the key.
 *
 * @throws AttestorError what {@link describeKmsKey} and {@link signedByKey} throw.
 */
export async function holdKmsCeremony(
  { participants, label, use }: CeremonyEntries,
  uri: KmsUri,
  nowMs: number,
): Promise<CeremonyTranscript> {
  const { publicKey, address, attributes, device } = await describeKmsKey(label, uri);
  return signedByKey({
    format: "hsm-attestor key ceremony v1",
    heldAt: heldAt(nowMs),
    participants: [...participants],
    generated: false, // KMS made it, at its own CreationDate
    key: { name: label, uri: formatKmsUri(uri), publicKey, address, use, attributes: { ...attributes } },
    device,
    attestationCertificate: null, // KMS makes none
  });
}

/** The value of `--kms`. @throws AttestorError `usage`, `invalid_field`. */
export function kmsUriOf(text: string): KmsUri {
  const uri = parseAnyKeyUri(text);
  if (isKmsUri(uri)) return uri;
  throw new AttestorError("usage", { reason: "--kms must be awskms:ARN" });
}
