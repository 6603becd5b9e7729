import { createHash, X509Certificate } from "node:crypto";
import { z } from "zod";
import { schnorrText, statementMessage, verifiesMessage } from "../../shared/aleo/index.ts";
import { addressOfPublicKey, publicKeyFromHex, signerOf } from "../../shared/ecdsa/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { check, hexBytes } from "../../shared/schema/index.ts";
import { type AnyKeyUri, devicePlaceOf, isSealedUri, parseAnyKeyUri } from "../keyUri/index.ts";
import { publicKeyOfSpki } from "../spki.ts";
import { canonicalText, ceremonyDigest, ceremonyStatementSchema } from "./statement.ts";

/** A signature of ECDSA in its one spelling: `signerOf` would take a recovery id without 27 too. */
const ecdsaSignature = hexBytes(65).refine((text) => /1[bc]$/.test(text), { error: "must end with 1b or 1c" });

/** What a key ceremony leaves behind: the statement, and the new key's signature over it. */
const transcriptSchema = ceremonyStatementSchema.extend({ possession: z.union([ecdsaSignature, schnorrText]) });
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
 * and public key belong together, that the device is the one that the URI names, that the key signed the statement, and that the
 * certificate is about this key.
 *
 * @throws AttestorError `invalid_field` saying what is wrong.
 */
export function readTranscript(file: string): CeremonyTranscript {
  const transcript = check(transcriptSchema, parsed(file), "the transcript");
  if (formatTranscript(transcript) !== file) throw invalid("is not spelt as a ceremony writes it: it was edited");
  const { uri, custody } = transcript.key;
  const place = uriOf(uri);
  if (isSealedUri(place) !== (custody !== undefined)) throw invalid("holds a key URI of another custody");
  const isSigned = custody ? isSignedBySealedKey(transcript) : isSignedByKey(transcript);
  if (!isSigned) throw invalid("is not signed by its key: it was changed, or the ceremony was not held with this key");
  const { token, serial } = devicePlaceOf(place);
  if (token !== transcript.device.token || serial !== transcript.device.serial) {
    throw invalid("holds another device than the one that its key's URI names");
  }
  return transcript;
}

function isSignedByKey({ possession, ...statement }: CeremonyTranscript): boolean {
  const { use } = statement.key;
  if (use !== "audit" && use.scheme === "verulink-aleo-schnorr")
    throw invalid("holds a use that only a sealed key has");
  const publicKey = publicKeyFromHex(statement.key.publicKey);
  if (!publicKey) throw invalid("holds a public key that is no point of secp256k1");
  if (addressOfPublicKey(publicKey) !== statement.key.address) throw invalid("holds the address of another key");
  const isSigned = signerOf(possession, ceremonyDigest(statement)) === statement.key.address;
  if (isSigned && statement.attestationCertificate !== null) {
    refuseOtherCertificate(statement.attestationCertificate, publicKey);
  }
  return isSigned;
}

/** No vendor certifies such a key: it is not in the device. */
function isSignedBySealedKey({ possession, ...statement }: CeremonyTranscript): boolean {
  const { publicKey, address, use } = statement.key;
  if (publicKey !== address) throw invalid("holds the address of another key");
  if (use === "audit" || use.scheme !== "verulink-aleo-schnorr") throw invalid("holds a use that no sealed key has");
  if (statement.attestationCertificate !== null)
    throw invalid("holds a certificate over a key that is not in the device");
  return verifiesMessage(possession, address, statementMessage(ceremonyDigest(statement)));
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

function uriOf(uri: string): AnyKeyUri {
  try {
    return parseAnyKeyUri(uri);
  } catch (error) {
    if (isAttestorError(error, "invalid_field")) throw invalid(`holds a key URI that ${error.data.reason}`);
    throw error;
  }
}

function invalid(reason: string): AttestorError {
  return new AttestorError("invalid_field", { field: "the transcript", reason });
}
