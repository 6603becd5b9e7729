import { createECDH } from "node:crypto";
import { describe, expect, it } from "vitest";
import { publicKeyOfPoint } from "../../../hsm/pkcs11/publicKey.ts";

const point = createECDH("secp256k1").generateKeys();

describe("publicKeyOfPoint", () => {
  it("reads a point in a DER octet string, as the standard has it", () => {
    expect(publicKeyOfPoint(Buffer.concat([Buffer.of(0x04, 0x41), point]))).toEqual(Uint8Array.from(point));
  });

  it("reads a bare point, as some modules give it", () => {
    expect(publicKeyOfPoint(point)).toEqual(Uint8Array.from(point));
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["a compressed point", Buffer.from(createECDH("secp256k1").generateKeys("hex", "compressed"), "hex")],
    ["a point of another curve", createECDH("prime256v1").generateKeys()],
    ["a wrong tag", Buffer.concat([Buffer.of(0x03, 0x41), point])],
    ["a wrong length", Buffer.concat([Buffer.of(0x04, 0x40), point])],
    ["bytes after the point", Buffer.concat([Buffer.of(0x04, 0x41), point, Buffer.of(0)])],
    ["zeros", Buffer.alloc(65)],
  ])("refuses %s", (_what, bytes) => {
    expect(publicKeyOfPoint(bytes)).toBeUndefined();
  });
});
