import { describe, expect, it } from "vitest";
import { encodeTemplate, encodeValue } from "../../../hsm/pkcs11/attributes.ts";

describe("encodeValue", () => {
  it("writes a flag as one byte and a number as eight, low byte first", () => {
    expect(encodeValue(true)).toEqual(Buffer.of(1));
    expect(encodeValue(false)).toEqual(Buffer.of(0));
    expect(encodeValue(0x1041)).toEqual(Buffer.of(0x41, 0x10, 0, 0, 0, 0, 0, 0));
  });

  it("copies bytes", () => {
    const bytes = Uint8Array.of(1, 2);
    const encoded = encodeValue(bytes);
    bytes.fill(0);
    expect(encoded).toEqual(Buffer.of(1, 2));
  });
});

describe("encodeTemplate", () => {
  it("hands the binding nothing but Buffers: any other type can crash it", () => {
    const template = encodeTemplate({ CKA_SIGN: true, CKA_CLASS: 3, CKA_ID: Uint8Array.of(0, 1) });
    expect(template).toEqual([
      { type: 0x108, value: Buffer.of(1) },
      { type: 0, value: Buffer.of(3, 0, 0, 0, 0, 0, 0, 0) },
      { type: 0x102, value: Buffer.of(0, 1) },
    ]);
  });
});
