import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { wireString } from "../../../../signer/policy/ssh/wire.ts";
import { armour } from "../../../support/operator.ts";

/**
 * A hardware key in software: it signs as an authenticator does (OpenSSH PROTOCOL.u2f). Whether it does so rightly is what
 * the tests ask ssh-keygen.
 */
export interface SecurityKey {
  readonly line: string;
  sign(message: string, flags?: number): string;
}

const touched = 0x01;

export function securityKey(kind: "ed25519" | "ecdsa", application = "ssh:"): SecurityKey {
  const { publicKey, privateKey } = kind === "ed25519" ? generateKeyPairSync("ed25519") : p256();
  const jwk = publicKey.export({ format: "jwk" });
  const [x, y] = [jwk.x, jwk.y].map((coordinate) => Buffer.from(coordinate ?? "", "base64url"));
  const type = kind === "ed25519" ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com";
  const point =
    kind === "ed25519" ? [x] : ["nistp256", Buffer.concat([Buffer.from([4]), x ?? "", y ?? ""].map(Buffer.from))];
  const blob = Buffer.concat([type, ...point, application].map((part) => wireString(part ?? "")));
  return {
    line: `${type} ${blob.toString("base64")} olga@key`,
    sign(message, flags = touched) {
      const head = ["hsm-attestor", "", "sha512"].map(wireString);
      const hash = createHash("sha512").update(message).digest();
      const signed = Buffer.concat([Buffer.from("SSHSIG"), ...head, wireString(hash)]);
      const tail = Buffer.from([flags, 0, 0, 0, 7]); // flags, and a counter that stands at 7
      const authenticated = Buffer.concat([sha256(Buffer.from(application)), tail, sha256(signed)]);
      const signature = kind === "ed25519" ? sign(null, authenticated, privateKey) : ecdsa(authenticated, privateKey);
      return armour(blob, head, Buffer.concat([wireString(type), wireString(signature), tail]));
    },
  };
}

function p256() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** r and s as `mpint`s. */
function ecdsa(message: Buffer, key: KeyObject): Buffer {
  const raw = sign("sha256", message, { key, dsaEncoding: "ieee-p1363" });
  return Buffer.concat([raw.subarray(0, 32), raw.subarray(32)].map(mpint));
}

function mpint(integer: Buffer): Buffer {
  const digits = integer.subarray(integer.findIndex((byte) => byte !== 0));
  return wireString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
