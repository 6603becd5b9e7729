import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";

/**
 * Makes an SSH key pair as `ssh-keygen -t ecdsa -b 256` does: the private key in `file` (PEM, mode 0600), the public one in
 * `file`.pub. Operators sign statements with it: `ssh-keygen -Y sign -n hsm-attestor -f FILE STATEMENT`.
 */
export function createSshKey(file: string, comment: string): void {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const type = "ecdsa-sha2-nistp256";
  const blob = Buffer.concat([type, "nistp256", point].map(wireString));
  writeFileSync(file, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  writeFileSync(`${file}.pub`, `${type} ${blob.toString("base64")} ${comment}\n`);
}

/** A `string` of RFC 4251 §5: its length in four bytes, and the bytes. */
function wireString(value: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}
