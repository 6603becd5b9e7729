import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatKmsUri, parseAnyKeyUri } from "../../../hsm/index.ts";
import { deviceOf, parseKmsUri } from "../../../hsm/keyUri/index.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";

const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
const arn = `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
const good = `awskms:${arn}`;

describe("parseKmsUri", () => {
  it("reads a key's ARN and the region in it", () => {
    expect(parseKmsUri(good)).toEqual({ arn, region: "eu-central-1" });
  });

  it.each([
    ["arn:aws-us-gov:kms:us-gov-west-1:111122223333", "us-gov-west-1"],
    ["arn:aws-cn:kms:cn-north-1:111122223333", "cn-north-1"],
    ["arn:aws-iso-b:kms:us-isob-east-1:111122223333", "us-isob-east-1"],
  ])("reads the partition of %s", (start, region) => {
    expect(parseKmsUri(`awskms:${start}:key/${id}`)).toMatchObject({ region });
  });

  it.each([
    ["https://vpce-1.kms.eu-central-1.vpce.amazonaws.com", "https://vpce-1.kms.eu-central-1.vpce.amazonaws.com"],
    ["https%3A%2F%2Fkms.example:8443/", "https://kms.example:8443"],
    ["http://127.0.0.1:4566", "http://127.0.0.1:4566"],
    ["http://[::1]:4566", "http://[::1]:4566"],
  ])("reads endpoint=%s, and writes it back", (text, endpoint) => {
    const uri = parseKmsUri(`${good}?endpoint=${text}`);
    expect(uri).toEqual({ arn, region: "eu-central-1", endpoint });
    expect(parseKmsUri(formatKmsUri(uri))).toEqual(uri);
  });

  it.each([
    ["an alias", "awskms:arn:aws:kms:eu-central-1:111122223333:alias/signer", "an alias can be pointed at another key"],
    ["a key id alone", `awskms:${id}`, "must be awskms:arn:"],
    ["another service", good.replace(":kms:", ":s3:"), "must be awskms:arn:"],
    ["no region", good.replace("eu-central-1", ""), "must be awskms:arn:"],
    ["an account of 11 digits", good.replace("111122223333", "11112222333"), "must be awskms:arn:"],
    ["something after the key", `${good}/x`, "must be awskms:arn:"],
    ["a line break at the end", `${good}\n`, "must be awskms:arn:"],
    ["nothing after the mark", `${good}?`, "may have one attribute"],
    ["another attribute", `${good}?region=eu-west-1`, "may have one attribute"],
    ["a further attribute", `${good}?endpoint=https://a.b&x=1`, "may have one attribute"],
    ["an endpoint that is no URL", `${good}?endpoint=kms`, "endpoint must be a URL"],
    ["plain http over the network", `${good}?endpoint=http://kms.example`, "plain http reaches this machine only"],
    ["a name that looks like this machine", `${good}?endpoint=http://127.0.0.1.example`, "this machine only"],
    ["another protocol", `${good}?endpoint=file:///etc`, "endpoint must be https"],
    ["a password", `${good}?endpoint=https://u:p@kms.example`, "a host and a port only"],
    ["a path", `${good}?endpoint=https://kms.example/x`, "a host and a port only"],
  ])("refuses %s", (_what, uri, reason) => {
    expect(() => parseKmsUri(uri)).toThrow(reason);
    expect(() => parseKmsUri(uri)).toThrow(expect.objectContaining({ code: "invalid_field" }));
  });
});

describe("a KMS key's URI that was damaged", () => {
  it("is refused as such, or read as what it says", () => {
    const text = `${good}?endpoint=https%3A%2F%2Fkms.example:8443`;
    const piece = fc.constantFrom(
      "",
      ":",
      "/",
      "?",
      "&",
      "%",
      "%00",
      "alias/",
      "key/",
      "mrk-",
      "http://",
      "\0",
      "é",
      "A",
      "0",
    );
    const damaged = fc
      .tuple(fc.nat(text.length), fc.nat(6), piece)
      .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string()), (spoilt) => {
        try {
          const uri = parseKmsUri(spoilt);
          expect(parseKmsUri(formatKmsUri(uri))).toEqual(uri); // what was read has one meaning
          expect(uri.arn).toContain(`:kms:${uri.region}:`);
        } catch (error) {
          expect(isAttestorError(error, "invalid_field"), String(error)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("parseAnyKeyUri", () => {
  it("goes by the scheme", () => {
    expect(parseAnyKeyUri(good)).toEqual(parseKmsUri(good));
    expect(() => parseAnyKeyUri("gcpkms:x")).toThrow("must start with pkcs11: (RFC 7512), awskms: or aleo-sealed:");
  });
});

describe("deviceOf", () => {
  it("is the same for two keys of one account, region and endpoint only", () => {
    const of = (uri: string) => deviceOf(parseKmsUri(uri));
    expect(of(good.replace("1234abcd-", "5678abcd-"))).toBe(of(good));
    expect(of(good.replace("eu-central-1", "eu-west-1"))).not.toBe(of(good));
    expect(of(good.replace("111122223333", "111122224444"))).not.toBe(of(good));
    expect(of(`${good}?endpoint=https://a.b`)).not.toBe(of(good));
  });
});
