import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatKeyUri, type KeyUri, parseKeyUri, vendors } from "../../../hsm/index.ts";
import { tokenOf } from "../../../hsm/keyUri/index.ts";

const path = "token=signer;serial=0f3b;id=%00%01;object=eth-0";
const query = "module-path=/usr/lib/m.so&pin-source=file:/etc/pin";
const good = `pkcs11:${path}?${query}`;

describe("parseKeyUri", () => {
  it("reads token, serial, id, label, module and PIN file", () => {
    expect(parseKeyUri(good)).toEqual({
      token: "signer",
      serial: "0f3b",
      id: Uint8Array.of(0, 1),
      object: "eth-0",
      module: "/usr/lib/m.so",
      pinSource: { file: "/etc/pin" },
    });
  });

  it("takes type=private, the attributes in any order, and percent-encoding anywhere", () => {
    const uri =
      "pkcs11:type=private;object=a%20%c3%a4;id=0%31;serial=%30;token=a%3bb?pin-source=file%3A%2Fp&module-path=/m";
    expect(parseKeyUri(uri)).toMatchObject({ object: "a ä", id: Uint8Array.of(0x30, 0x31), serial: "0", token: "a;b" });
  });

  it("reads whose token it is, where the URI says it", () => {
    expect(parseKeyUri(`${good}&x-vendor=cloudhsm`)).toMatchObject({ vendor: "cloudhsm" });
  });

  it.each([
    ["file:/run/pin", { file: "/run/pin" }],
    ["file:///run/pin", { file: "/run/pin" }],
    ["file:$CREDENTIALS_DIRECTORY/hsm-pin", { credential: "hsm-pin" }],
  ])("reads pin-source=%s", (source, expected) => {
    expect(parseKeyUri(good.replace("file:/etc/pin", source)).pinSource).toEqual(expected);
  });

  it.each([
    ["no scheme", path, "must start with pkcs11:"],
    ["a KMS key", "awskms:arn:aws:kms:eu-west-1:1:key/1", "must start with pkcs11:"],
    ["nothing", "pkcs11:", "must have the attribute token"],
    ["no serial", good.replace("serial=0f3b;", ""), "must have the attribute serial"],
    ["no id", good.replace("id=%00%01;", ""), "must have the attribute id"],
    ["no label", good.replace(";object=eth-0", ""), "must have the attribute object"],
    ["no module", good.replace("module-path=/usr/lib/m.so&", ""), "must have the attribute module-path"],
    ["no PIN source", good.replace("&pin-source=file:/etc/pin", ""), "must have the attribute pin-source"],
    ["the PIN itself", `${good}&pin-value=12345678`, "pin-value puts the PIN into the configuration"],
    [
      "the PIN before the mark",
      good.replace("?", ";pin-value=12345678?"),
      "pin-value puts the PIN into the configuration",
    ],
    ["a program as PIN source", good.replace("file:/etc/pin", "|cat%20pin"), "pin-source must be file:/PATH"],
    ["a PIN file by a relative path", good.replace("file:/etc/pin", "file:pin"), "pin-source must be an absolute path"],
    ["a PIN file on another host", good.replace("file:/etc/pin", "file://host/pin"), "must not name a host"],
    ["a credential elsewhere", good.replace("/etc/pin", "$CREDENTIALS_DIRECTORY/../pin"), "must name one file"],
    ["a module by name", good.replace("module-path=/usr/lib/m.so", "module-name=m"), "module-name leaves the choice"],
    ["a module by a relative path", good.replace("/usr/lib/m.so", "m.so"), "module-path must be an absolute path"],
    ["a slot number", good.replace("token=", "slot-id=0;token="), "slot-id changes between starts"],
    ["an unknown vendor", `${good}&x-vendor=acme`, "x-vendor must be softhsm or cloudhsm or yubihsm or generic"],
    ["a vendor attribute", `${good}&x-pin=1`, "x-pin is not a known attribute"],
    ["a misspelt attribute", good.replace("serial", "seriel"), "did you mean serial?"],
    [
      "a query attribute in the path",
      good.replace("?", ";module-path=%2Fm?"),
      "module-path belongs after the question mark",
    ],
    ["a path attribute in the query", `${good}&token=x`, "token belongs before the question mark"],
    ["an attribute twice", good.replace("token=signer", "token=signer;token=signer"), "has the attribute token twice"],
    ["an attribute without a value", good.replace("token=signer", "token"), "not of the form name=value"],
    ["an empty attribute", good.replace(";serial", ";;serial"), "not of the form name=value"],
    ["an empty label", good.replace("token=signer", "token="), "token must not be empty"],
    ["an empty id", good.replace("id=%00%01", "id="), "id must be 1 to 255 bytes"],
    ["a bad escape", good.replace("%01", "%0g"), "a bad escape"],
    ["a cut-off escape", good.replace("eth-0", "eth%0"), "a bad escape"],
    ["a character that must be escaped", good.replace("eth-0", "eth 0"), "must be percent-encoded"],
    ["a character beyond ASCII", good.replace("eth-0", "ä"), "must be percent-encoded"],
    ["a slash in the path", good.replace("eth-0", "a/b"), "must be percent-encoded"],
    ["text that is not UTF-8", good.replace("eth-0", "%ff"), "object must be UTF-8"],
    ["a NUL", good.replace("eth-0", "a%00"), "must not be empty or hold a NUL"],
    ["another object type", good.replace(";object", ";type=public;object"), "type must be private"],
    ["a token label of 33 bytes", good.replace("signer", "x".repeat(33)), "at most 32 bytes"],
    ["a line break at the end", `${good}\n`, "must be percent-encoded"],
  ])("refuses %s", (_what, uri, reason) => {
    expect(() => parseKeyUri(uri)).toThrow(reason);
    expect(() => parseKeyUri(uri)).toThrow(expect.objectContaining({ code: "invalid_field" }));
  });

  it("never shows a value in its refusal", () => {
    for (const uri of [`${good}&pin-value=13572468`, good.replace("file:/etc/pin", "13572468"), `${good}&13572468`]) {
      expect(() => parseKeyUri(uri)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("1357") }));
    }
  });

  it("reads back whatever is written", () => {
    const label = (bytes: number) =>
      fc
        .string({ minLength: 1, maxLength: bytes, unit: "grapheme" })
        .filter((text) => Buffer.byteLength(text) <= bytes && !text.includes("\0") && text.isWellFormed());
    const withoutVendor = fc.record({
      token: label(32),
      serial: label(16),
      object: label(60),
      id: fc.uint8Array({ minLength: 1, maxLength: 255 }),
      module: label(40).map((text) => `/${text}`),
      pinSource: fc.oneof(
        label(40).map((text) => ({ file: `/p${text}` })),
        fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/).map((credential) => ({ credential })),
      ),
    });
    const vendor = fc.constantFrom(...vendors);
    const uris: fc.Arbitrary<KeyUri> = fc.oneof(
      withoutVendor,
      fc.tuple(withoutVendor, vendor).map(([uri, name]) => ({ ...uri, vendor: name })),
    );
    fc.assert(
      fc.property(uris, (uri) => {
        expect(parseKeyUri(formatKeyUri(uri))).toEqual(uri);
      }),
    );
  });

  it("takes no arbitrary text", () => {
    const attempt = (text: string) => {
      try {
        return parseKeyUri(text);
      } catch (error) {
        return error;
      }
    };
    const parts = fc.constantFrom("pkcs11:", "token=", ";", "?", "&", "%", "%00", "id=", "=", "file:", "/", "a");
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (words) => {
        expect(attempt(words.join(""))).toHaveProperty("code", "invalid_field");
      }),
    );
  });
});

describe("tokenOf", () => {
  it("is the same for two keys of one token only", () => {
    const uri = parseKeyUri(good);
    expect(tokenOf({ ...uri, id: Uint8Array.of(9), object: "other" })).toBe(tokenOf(uri));
    expect(tokenOf({ ...uri, serial: "0f3c" })).not.toBe(tokenOf(uri));
    expect(tokenOf({ ...uri, pinSource: { file: "/other" } })).not.toBe(tokenOf(uri));
    expect(tokenOf({ ...uri, vendor: "generic" })).not.toBe(tokenOf(uri));
  });
});
