import { createHash, X509Certificate } from "node:crypto";
import type { z } from "zod";
import { addressOfPublicKey, publicKeyFromHex, signerOf } from "../../shared/ecdsa/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { check, hexBytes } from "../../shared/schema/index.ts";
import { parseAnyKeyUri } from "../keyUri/index.ts";
import { publicKeyOfSpki } from "../spki.ts";
import { canonicalText, ceremonyDigest, ceremonyStatementSchema } from "./statement.ts";

/** What a key ceremony leaves behind: the statement, and the new key's signature over it. */
const transcriptSchema = ceremonyStatementSchema.extend({ possession: hexBytes(65) });
export type CeremonyTranscript = z.output<typeof transcriptSchema>;

/** The transcript as its file holds it. Every participant signs these bytes. */
export function formatTranscript(transcript: CeremonyTranscript): string {
  return canonicalText(transcript);
}

/** SHA-256 of the file, in hex: short enough to be read aloud and compared. */
export function transcriptHash(file: string): string {
  return createHash("sha256").update(file).digest("hex");
}

/**
 * Reads a transcript and checks everything in it that can be checked without the device: its one spelling, that address
 * and public key belong together, that the key signed the statement, and that the certificate is about this key.
 *
 * @throws AttestorError `invalid_field` saying what is wrong.
 */
export function readTranscript(file: string): CeremonyTranscript {
  const transcript = check(transcriptSchema, parsed(file), "the transcript");
  if (formatTranscript(transcript) !== file) throw invalid("is not spelt as a ceremony writes it: it was edited");
  const { possession, ...statement } = transcript;
  const publicKey = publicKeyFromHex(statement.key.publicKey);
  if (!publicKey) throw invalid("holds a public key that is no point of secp256k1");
  if (addressOfPublicKey(publicKey) !== statement.key.address) throw invalid("holds the address of another key");
  refuseBadUri(statement.key.uri);
  if (signerOf(possession, ceremonyDigest(statement)) !== statement.key.address) {
    throw invalid("is not signed by its key: it was changed, or the ceremony was not held with this key");
  }
  if (statement.attestationCertificate !== null) {
    refuseOtherCertificate(statement.attestationCertificate, publicKey);
  }
  return transcript;
}

/**
 * Whether a certificate is about this key. Who issued it is for the reader to follow up to the vendor's root.
 *
 * @throws AttestorError `invalid_field`.
 */
export function refuseOtherCertificate(pem: string, publicKey: Uint8Array): void {
  const certified = publicKeyOfSpki(spkiIn(pem));
  if (certified && Buffer.from(certified).equals(publicKey)) return;
  throw new AttestorError("invalid_field", { field: "the attestation certificate", reason: "is about another key" });
}

function spkiIn(pem: string): Buffer {
  try {
    return new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  } catch {
    throw new AttestorError("invalid_field", { field: "the attestation certificate", reason: "cannot be read" });
  }
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(file);
  } catch {
    throw invalid("is not JSON");
  }
}

function refuseBadUri(uri: string): void {
  try {
    parseAnyKeyUri(uri);
  } catch (error) {
    if (isAttestorError(error, "invalid_field")) throw invalid(`holds a key URI that ${error.data.reason}`);
    throw error;
  }
}

function invalid(reason: string): AttestorError {
  return new AttestorError("invalid_field", { field: "the transcript", reason });
}
