import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicKeyPin } from "../../../shared/config/index.ts";
import { pinOf } from "../../../shared/tls/index.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";

let pki: TestPki;
beforeAll(async () => {
  pki = await createTestPki();
});
afterAll(() => pki.remove());

describe("the pin of a certificate", () => {
  it("is the SHA-256 of its public key, as its private key alone gives it: a renewed certificate keeps its pin", () => {
    const { certificate, key } = pki.serverIdentity;
    const publicKey = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
    expect(pinOf(certificate)).toBe(`sha256/${createHash("sha256").update(publicKey).digest("base64")}`);
  });

  it("is the same from PEM and DER, and is a pin that a configuration takes", () => {
    const { certificate } = pki.serverIdentity;
    const pin = pinOf(certificate);
    expect(pinOf(new X509Certificate(certificate).raw)).toBe(pin);
    expect(publicKeyPin.parse(pin)).toBe(pin);
  });

  it("is another for another key", async () => {
    expect(pinOf((await pki.clientIdentity("alice")).certificate)).not.toBe(pki.serverIdentity.pin);
  });

  it("does not exist for what is no certificate", () => {
    expect(() => pinOf("")).toThrow();
    expect(() => pinOf(pki.serverIdentity.key)).toThrow();
  });
});
