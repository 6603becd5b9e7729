import { createHash, verify } from "node:crypto";
import { AttestorError } from "../../../shared/errors/index.ts";
import { readSshPublicKey, type SshPublicKey } from "./publicKey.ts";
import { fromBase64, readWire, wireString } from "./wire.ts";

/** The namespace that operators sign in (`ssh-keygen -Y sign -n hsm-attestor`): a signature for e-mail is none for us. */
export const sshNamespace = "hsm-attestor";

/** A detached signature as `ssh-keygen -Y sign` writes it. Whether it is right is what {@link isSignatureOf} says. */
export interface SshSignature {
  /** The key that it claims to be by. */
  readonly publicKey: SshPublicKey;
  readonly hash: "sha256" | "sha512";
  /** Type and signature, in the SSH wire format. */
  readonly blob: Buffer;
}

const field = "the SSH signature";
const armour = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/;
const magic = "SSHSIG";

/** Longest armoured text that is read, in characters. A signature with a hardware key has about 500. */
const longestArmour = 4_096;

/**
 * Reads an armoured SSH signature (OpenSSH PROTOCOL.sshsig), version 1, in our namespace.
 *
 * @throws AttestorError `invalid_field`.
 */
export function parseSshSignature(text: string): SshSignature {
  const base64 = text.length <= longestArmour ? armour.exec(text)?.[1] : undefined;
  if (base64 === undefined) throw invalid("is not what `ssh-keygen -Y sign` writes");
  const bytes = fromBase64(base64.replaceAll(/[\r\n]/g, ""), field);
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) throw invalid(`does not start with ${magic}`);
  const reader = readWire(bytes.subarray(magic.length), field);
  const version = reader.uint32();
  const publicKey = readSshPublicKey(reader.string());
  const namespace = reader.text();
  const reserved = reader.string();
  const hash = reader.text();
  const blob = reader.string();
  reader.end();
  if (version !== 1) throw invalid("has a version other than 1");
  if (namespace !== sshNamespace) throw invalid(`is not in namespace ${sshNamespace}; sign with -n ${sshNamespace}`);
  if (reserved.length > 0) throw invalid("has a reserved field that is not empty");
  if (hash !== "sha256" && hash !== "sha512") throw invalid("uses a hash other than sha256 and sha512");
  return { publicKey, hash, blob };
}

/** Whether the signature is by its public key over this message. A hardware key must have been touched for it. */
export function isSignatureOf({ publicKey, hash, blob }: SshSignature, message: string | Uint8Array): boolean {
  const signed = Buffer.concat([
    Buffer.from(magic),
    wireString(sshNamespace),
    wireString(""),
    wireString(hash),
    wireString(createHash(hash).update(message).digest()),
  ]);
  try {
    return isSignedBy(publicKey, blob, signed);
  } catch (error) {
    if (error instanceof AttestorError) return false;
    throw error;
  }
}

/** Bit 0 of an authenticator's flags: somebody touched it (OpenSSH PROTOCOL.u2f, "SSH2_FLAG_USER_PRESENCE"). */
const touched = 0x01;

function isSignedBy({ type, key, application }: SshPublicKey, blob: Buffer, message: Buffer): boolean {
  const reader = readWire(blob, field);
  if (reader.text() !== type) return false;
  const signature = reader.string();
  if (application === undefined) {
    reader.end();
    return verifies(type, key, signature, message);
  }
  const flags = reader.byte();
  const counter = reader.uint32();
  reader.end();
  if ((flags & touched) === 0) return false;
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags, 0);
  tail.writeUInt32BE(counter, 1);
  return verifies(type, key, signature, Buffer.concat([sha256(application), tail, sha256(message)]));
}

function verifies(type: string, key: SshPublicKey["key"], signature: Buffer, message: Buffer): boolean {
  if (type.includes("ed25519")) return signature.length === 64 && verify(null, message, key, signature);
  const integers = readWire(signature, field);
  const raw = Buffer.concat([integers.unsignedInteger(32), integers.unsignedInteger(32)]);
  integers.end();
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, raw);
}

function sha256(value: string | Buffer): Buffer {
  return createHash("sha256").update(value).digest();
}

function invalid(reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
