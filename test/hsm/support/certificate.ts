import { generateKeyPairSync, sign } from "node:crypto";

/** One value in DER; lengths up to 65,535. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const long = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(body.length < 128 ? [body.length] : long)]), body]);
}

const ecdsaWithSha256 = der(0x30, Buffer.from("06082a8648ce3d040302", "hex"));
const commonName = (name: string) =>
  der(0x30, der(0x31, der(0x30, Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from(name)))));
const time = (text: string) => der(0x17, Buffer.from(text));

/** A certificate over a key, as a device's factory key would make it, in DER. */
export function attestationOver(spki: Uint8Array): Buffer {
  const factory = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const content = der(
    0x30,
    der(0x02, Buffer.of(1)),
    ecdsaWithSha256,
    commonName("factory"),
    der(0x30, time("260101000000Z"), time("360101000000Z")),
    commonName("attestation"),
    spki,
  );
  const signature = sign("sha256", content, factory.privateKey);
  return der(0x30, content, ecdsaWithSha256, der(0x03, Buffer.of(0), signature));
}

/** SubjectPublicKeyInfo of a point of secp256k1. */
export function spkiOf(publicKey: string): Buffer {
  return Buffer.from(`3056301006072a8648ce3d020106052b8104000a034200${publicKey.slice(2)}`, "hex");
}

export function pemOf(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
