import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { wireString } from "../../signer/policy/ssh/wire.ts";
import type { TestIdentity, TestPki } from "./pki.ts";

/** A person of the tests who runs a signer: a certificate, and an SSH key in memory. */
export interface TestOperator {
  readonly name: string;
  readonly identity: TestIdentity;
  /** As in a `.pub` file. */
  readonly sshKey: string;
  /** What `ssh-keygen -Y sign -n hsm-attestor` would write. */
  sign(message: string): string;
  /** Its entry in a policy. */
  readonly settings: { name: string; certificatePins: string[]; signingKeys: string[] };
}

/** The operator of that name, with a new SSH key. */
export async function testOperator(pki: TestPki, name: string): Promise<TestOperator> {
  const identity = await pki.clientIdentity(name);
  const { sshKey, signWith } = testSshKey(name);
  const settings = { name, certificatePins: [identity.pin], signingKeys: [sshKey] };
  return { name, identity, sshKey, sign: (message) => signWith(message), settings };
}

/** A new ed25519 key in SSH's formats. */
export function testSshKey(comment: string): {
  readonly sshKey: string;
  signWith(message: string, namespace?: string): string;
} {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const blob = Buffer.concat([wireString("ssh-ed25519"), wireString(point)]);
  return {
    sshKey: `ssh-ed25519 ${blob.toString("base64")} ${comment}`,
    signWith: (message, namespace = "hsm-attestor") => armoured(blob, privateKey, message, namespace),
  };
}

/** OpenSSH PROTOCOL.sshsig, for an ed25519 key. */
function armoured(blob: Buffer, key: KeyObject, message: string, namespace: string): string {
  const hash = createHash("sha512").update(message).digest();
  const head = [wireString(namespace), wireString(""), wireString("sha512")];
  const signature = sign(null, Buffer.concat([Buffer.from("SSHSIG"), ...head, wireString(hash)]), key);
  return armour(blob, head, Buffer.concat([wireString("ssh-ed25519"), wireString(signature)]));
}

/** Puts the parts of an SSH signature together: public key, (namespace, reserved, hash name), signature. */
export function armour(publicKey: Buffer, head: readonly Buffer[], signature: Buffer): string {
  const version = Buffer.from([0, 0, 0, 1]);
  const bytes = Buffer.concat([Buffer.from("SSHSIG"), version, wireString(publicKey), ...head, wireString(signature)]);
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join("\n")}\n-----END SSH SIGNATURE-----\n`;
}
