import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatKeyUri, parseKeyUri } from "../../../hsm/index.ts";
import { type AttributeValue, encodeTemplate, encodeValue, type Template } from "../../../hsm/pkcs11/attributes.ts";
import { type AttributeName, attribute } from "../../../hsm/pkcs11/constants.ts";
import { hsmError } from "../../../hsm/pkcs11/cryptoki.ts";
import { faultOf } from "../../../hsm/pkcs11/faults.ts";
import { publicKeyOfPoint } from "../../../hsm/pkcs11/publicKey.ts";
import { addressOfPublicKey } from "../../../shared/ecdsa/index.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { assertAlways } from "../../support/assertAlways.ts";

const good =
  "pkcs11:token=signer;serial=0f3b;id=%00%01;object=eth-0;type=private?module-path=/usr/lib/m.so&pin-source=file:/etc/pin&x-vendor=generic";

/** A good text with a few characters left out, doubled, exchanged or put in. */
const damaged = (text: string) =>
  fc
    .array(
      fc.tuple(
        fc.nat(text.length),
        fc.constantFrom("drop", "double", "put"),
        fc.string({ unit: "binary", maxLength: 3 }),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((changes) =>
      changes.reduce((now, [at, what, put]) => {
        const [before, after] = [now.slice(0, at), now.slice(at)];
        if (what === "drop") return before + after.slice(1);
        return what === "double" ? before + after.slice(0, 1) + after : before + put + after;
      }, text),
    );

describe("a key URI that was damaged", () => {
  it("is refused as such or read as what it says, and nothing else happens", async () => {
    await assertAlways(
      "key URIs",
      fc.property(damaged(good), (text) => {
        try {
          const uri = parseKeyUri(text);
          expect(parseKeyUri(formatKeyUri(uri))).toEqual(uri); // what was read has one meaning
        } catch (error) {
          expect(isAttestorError(error, "invalid_field"), String(error)).toBe(true);
        }
      }),
      500,
    );
  });
});

describe("a CKA_EC_POINT of any bytes", () => {
  const point = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }).map((xy) => Uint8Array.of(0x04, ...xy)),
    fc.uint8Array({ minLength: 64, maxLength: 64 }).map((xy) => Uint8Array.of(0x04, 0x41, 0x04, ...xy)),
    // DER with other tags and lengths: long form, indefinite, too long
    fc
      .tuple(
        fc.constantFrom(0x03, 0x04, 0x24),
        fc.uint8Array({ minLength: 1, maxLength: 5 }),
        fc.uint8Array({ maxLength: 70 }),
      )
      .map(([tag, length, content]) => Uint8Array.of(tag, ...length, ...content)),
  );

  it("is a point of the curve or nothing", async () => {
    await assertAlways(
      "CKA_EC_POINT",
      fc.property(point, (bytes) => {
        const key = publicKeyOfPoint(bytes);
        if (key === undefined) return;
        expect(key).toHaveLength(65);
        expect(addressOfPublicKey(key)).toMatch(/^0x[0-9a-fA-F]{40}$/);
      }),
      500,
    );
  });
});

describe("a template of any values that the types allow", () => {
  const names = Object.keys(attribute) as AttributeName[];
  const value = fc.oneof(fc.boolean(), fc.nat(), fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }));
  const template = fc.dictionary(fc.constantFrom(...names), value) as fc.Arbitrary<Template>;

  it("reaches the binding as numbers and Buffers of its own: anything else crashes the process", async () => {
    const property = fc.property(template, (given) => {
      const encoded = encodeTemplate(given);
      expect(encoded).toHaveLength(Object.keys(given).length);
      for (const { type, value: bytes } of encoded) {
        expect(Number.isSafeInteger(type)).toBe(true);
        expect(Buffer.isBuffer(bytes)).toBe(true);
      }
    });
    await assertAlways("templates", property, 100);
  });

  it("never with anything else, which no type checker stopped", async () => {
    const isValue = (given: unknown) =>
      typeof given === "boolean" ||
      given instanceof Uint8Array ||
      (typeof given === "number" && Number.isSafeInteger(given) && given >= 0);
    const anything = fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withSparseArray: true });
    const property = fc.property(anything, (given) => {
      const encode = () => encodeValue(given as AttributeValue);
      if (isValue(given)) expect(Buffer.isBuffer(encode())).toBe(true);
      else expect(encode).toThrow(expect.objectContaining({ code: "internal" }));
    });
    await assertAlways("attribute values of any type", property, 1_000);
  });

  it("nor under a name that is no attribute's", async () => {
    const other = fc.oneof(fc.string(), fc.constantFrom("toString", "constructor", "CKA_NONE"));
    const property = fc.property(
      other.filter((name) => !names.some((known) => known === name)),
      (name) => {
        const given = Object.fromEntries([[name, true]]) as Template;
        expect(() => encodeTemplate(given)).toThrow(expect.objectContaining({ code: "internal" }));
      },
    );
    await assertAlways("attribute names", property, 200);
  });
});

describe("whatever a binding throws", () => {
  it("has a return value's name, and there is something to do about it", async () => {
    const message = fc.oneof(
      fc.string(),
      fc.nat().map((number) => `CKR_VENDOR_DEFINED:${number}`),
      fc.nat().map((number) => `CKR_GENERAL_ERROR:${number}`),
    );
    await assertAlways(
      "the binding's errors",
      fc.property(message, fc.option(fc.oneof(fc.nat(), fc.string())), (text, code) => {
        const error = hsmError("C_Sign", Object.assign(new Error(text), { code }));
        expect(error.data.code).not.toBe("");
        expect(faultOf(error.data.code).remedy).toBeDefined();
      }),
      200,
    );
  });
});
