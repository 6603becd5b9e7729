import { createHash, createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import secp256k1 from "secp256k1";

/** A key of the double: in software, which the double is there for. */
export interface SoftwareKey {
  readonly id: string;
  readonly spec: "ECC_SECG_P256K1" | "ECC_NIST_P256";
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** 65 bytes; of a P-256 key too. */
  readonly point: Buffer;
  /** r ‖ s over the digest as it is, s low or high by chance, or as asked for. */
  sign(digest: Buffer, s?: "low" | "high"): Buffer;
}

/** Order of secp256k1. */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export function softwareKey(id: string = randomUUID()): SoftwareKey {
  const secret = randomBytes(32);
  if (!secp256k1.privateKeyVerify(secret)) return softwareKey(id);
  const point = Buffer.from(secp256k1.publicKeyCreate(secret, false));
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  const jwk = { kty: "EC", crv: "secp256k1", x: x ?? "", y: y ?? "" };
  const spki = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  return {
    ...{ id, point, spki, spec: "ECC_SECG_P256K1" },
    sign(digest, s = Math.random() < 0.5 ? "low" : "high") {
      const low = Buffer.from(secp256k1.ecdsaSign(digest, secret).signature); // libsecp256k1 makes low s only
      return s === "low" ? low : Buffer.concat([low.subarray(0, 32), negated(low.subarray(32))]);
    },
  };
}

/** A key of a curve that nobody here asked for. */
export function p256Key(id: string = randomUUID()): SoftwareKey {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const sign = () => Buffer.concat([createHash("sha256").update(id).digest(), Buffer.alloc(32, 1)]);
  return { id, spec: "ECC_NIST_P256", spki, point: spki.subarray(-65), sign };
}

/** Written by libsecp256k1, so that what reads it is not tested against itself. */
export function derOf(raw: Buffer): Buffer {
  return Buffer.from(secp256k1.signatureExport(raw));
}

function negated(s: Buffer): Buffer {
  return Buffer.from((order - BigInt(`0x${s.toString("hex")}`)).toString(16).padStart(64, "0"), "hex");
}
