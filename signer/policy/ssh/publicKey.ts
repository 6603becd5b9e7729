import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { AttestorError } from "../../../shared/errors/index.ts";
import { fromBase64, readWire } from "./wire.ts";

/** The kinds of SSH key that we know. Those with `sk-` live in a hardware key that asks for a touch. */
export const sshKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
] as const;
export type SshKeyType = (typeof sshKeyTypes)[number];

export interface SshPublicKey {
  readonly type: SshKeyType;
  /** Type and base64, as the first two words of a `.pub` file: the one spelling of a key. */
  readonly line: string;
  readonly key: KeyObject;
  /** What a hardware key was made for (`ssh:`), which it signs along; undefined for the other types. */
  readonly application: string | undefined;
}

const field = "the SSH public key";

/**
 * Reads a line of a `.pub` file: type, base64, and an optional comment.
 *
 * Formats: RFC 8709 §4 (ed25519), RFC 5656 §3.1 (ecdsa), OpenSSH PROTOCOL.u2f (sk-).
 *
 * @throws AttestorError `invalid_field`.
 */
export function parseSshPublicKey(line: string): SshPublicKey {
  const [type = "", base64 = ""] = line.trim().split(/[ \t]+/);
  const known = sshKeyTypes.find((each) => each === type);
  if (!known) throw invalid(`must start with one of ${sshKeyTypes.join(", ")}`);
  return readSshPublicKey(fromBase64(base64, field), known);
}

/**
 * Reads the binary form of a public key.
 *
 * @param expected the type that it must have; default any that we know.
 * @throws AttestorError `invalid_field`.
 */
export function readSshPublicKey(blob: Buffer, expected?: SshKeyType): SshPublicKey {
  const reader = readWire(blob, field);
  const name = reader.text();
  const type = sshKeyTypes.find((each) => each === name);
  if (!type) throw invalid(`must be one of ${sshKeyTypes.join(", ")}`);
  if (expected && type !== expected) throw invalid("names another type inside than outside");
  const isEd25519 = type.includes("ed25519");
  if (!isEd25519 && reader.text() !== "nistp256") throw invalid("is not on curve nistp256");
  const point = reader.string();
  const application = type.startsWith("sk-") ? reader.text() : undefined;
  reader.end();
  const key = isEd25519 ? ed25519Key(point) : p256Key(point);
  return { type, line: `${type} ${blob.toString("base64")}`, key, application };
}

function ed25519Key(point: Buffer): KeyObject {
  if (point.length !== 32) throw invalid("is not 32 bytes of ed25519");
  return fromJwk({ kty: "OKP", crv: "Ed25519", x: point.toString("base64url") });
}

function p256Key(point: Buffer): KeyObject {
  if (point.length !== 65 || point[0] !== 4) throw invalid("is not an uncompressed point of nistp256");
  const x = point.subarray(1, 33).toString("base64url");
  return fromJwk({ kty: "EC", crv: "P-256", x, y: point.subarray(33).toString("base64url") });
}

function fromJwk(key: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    throw invalid("is not a point of its curve");
  }
}

function invalid(reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
