import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { ceremonyDigest } from "../../../hsm/ceremony/index.ts";
import {
  type CeremonyStatement,
  type CeremonyTranscript,
  formatTranscript,
  readTranscript,
} from "../../../hsm/index.ts";
import { accountOfSeed, signMessage, statementMessage } from "../../../shared/aleo/index.ts";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { testKey } from "../../support/testKeeper.ts";
import { attestationOver, pemOf, spkiOf } from "../support/certificate.ts";

const uri = "pkcs11:token=t;serial=s;id=%00%01;object=key?module-path=/m.so&pin-source=file:/pin";

function statementOf(number: number, changes: Partial<CeremonyStatement> = {}): CeremonyStatement {
  const { publicKey } = testKey(number);
  return {
    format: "hsm-attestor key ceremony v1",
    heldAt: "2026-11-26T12:00:00Z",
    participants: ["olga", "otto"],
    generated: true,
    key: {
      ...{ name: "key", uri, publicKey, use: "audit", attributes: { CKA_SIGN: "true" } },
      address: addressOfPublicKey(publicKeyFromHex(publicKey) ?? new Uint8Array(65)),
    },
    device: { token: "t", serial: "s", manufacturer: "m", model: "d", firmware: "1.0", library: "l 2.6" },
    attestationCertificate: null,
    ...changes,
  };
}

function signedBy(number: number, statement: CeremonyStatement): CeremonyTranscript {
  const signature = new SigningKey(testKey(number).privateKey).sign(ceremonyDigest(statement)).serialized as Hex;
  return { ...statement, possession: signature };
}

const certificateOver = (number: number) => pemOf(attestationOver(spkiOf(testKey(number).publicKey)));

describe("a ceremony's transcript", () => {
  it("reads back as it was written", () => {
    const transcript = signedBy(1, statementOf(1, { attestationCertificate: certificateOver(1) }));
    expect(readTranscript(formatTranscript(transcript))).toEqual(transcript);
  });

  it("has one spelling, with its keys sorted", () => {
    const text = formatTranscript(signedBy(1, statementOf(1)));
    expect(text.startsWith('{\n  "attestationCertificate": null,\n  "device": {\n    "firmware"')).toBe(true);
    expect(text.endsWith("}\n")).toBe(true);
  });

  it.each<[string, (text: string) => string, string]>([
    ["another participant", (text) => text.replace("otto", "eve"), "not signed by its key"],
    ["another serial", (text) => text.replace('"serial": "s"', '"serial": "x"'), "not signed by its key"],
    ["another time", (text) => text.replace("12:00:00", "12:00:01"), "not signed by its key"],
    ["another attribute", (text) => text.replace('"CKA_SIGN": "true"', '"CKA_SIGN": "false"'), "not signed by its key"],
    ["a key not generated in it", (text) => text.replace("true,", "false,"), "not signed by its key"],
    ["other blanks", (text) => text.replace("  ", " "), "not spelt as a ceremony writes it"],
    ["a field more", (text) => text.replace("{\n", '{\n  "a": 1,\n'), "a: is not a known key"],
    ["a field twice", (text) => text.replace("{\n", '{\n  "attestationCertificate": null,\n'), "not spelt as"],
    [
      "a PIN in its URI",
      (text) => text.replace("file:/pin", "file:/pin&pin-value=1"),
      "holds a key URI that pin-value",
    ],
    [
      "another spelling of its signature",
      (text) => text.replace(/1([bc])"\n}\n$/, (_, id) => `0${id === "b" ? 0 : 1}"\n}\n`),
      "possession: must end with 1b or 1c",
    ],
    ["no JSON", () => "transcript", "is not JSON"],
  ])("is refused with %s", (_what, spoil, reason) => {
    const text = formatTranscript(signedBy(1, statementOf(1)));
    expect(spoil(text)).not.toBe(text);
    expect(() => readTranscript(spoil(text))).toThrow(reason);
  });

  it("is refused when another key signed it, or the address is another key's", () => {
    expect(() => readTranscript(formatTranscript(signedBy(2, statementOf(1))))).toThrow("not signed by its key");
    const { key } = statementOf(1);
    const statement = statementOf(1, { key: { ...key, address: statementOf(2).key.address } });
    expect(() => readTranscript(formatTranscript(signedBy(1, statement)))).toThrow("the address of another key");
  });

  const { device, key: recorded } = statementOf(1);
  const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const inKms = { ...recorded, uri: `awskms:${arn}` };
  const kmsDevice = { ...device, token: "account 111122223333", serial: "1234abcd-12ab-34cd-56ef-1234567890ab" };
  const schnorr = { scheme: "verulink-aleo-schnorr", deployment: "main", destination: "1" } as const;

  it("may be about a key of AWS KMS", () => {
    const transcript = signedBy(1, statementOf(1, { key: inKms, device: kmsDevice }));
    expect(readTranscript(formatTranscript(transcript))).toEqual(transcript);
  });

  it.each<[string, Partial<CeremonyStatement>, string]>([
    ["a serial that the URI does not name", { device: { ...device, serial: "other" } }, "another device than"],
    ["a token that the URI does not name", { device: { ...device, token: "other" } }, "another device than"],
    ["another KMS key", { key: inKms, device: { ...kmsDevice, serial: "4abcd" } }, "another device than"],
    ["another account", { key: inKms, device: { ...kmsDevice, token: "account 3" } }, "another device than"],
    ["a use that only a sealed key has", { key: { ...recorded, use: schnorr } }, "only a sealed key has"],
  ])("is refused with %s, whoever signed it", (_what, changes, reason) => {
    expect(() => readTranscript(formatTranscript(signedBy(1, statementOf(1, changes))))).toThrow(reason);
  });

  it("is refused with a certificate about another key, or one that is none", () => {
    const other = signedBy(1, statementOf(1, { attestationCertificate: certificateOver(2) }));
    expect(() => readTranscript(formatTranscript(other))).toThrow("the attestation certificate: is about another key");
    const none = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const broken = signedBy(1, statementOf(1, { attestationCertificate: none }));
    expect(() => readTranscript(formatTranscript(broken))).toThrow("the attestation certificate: cannot be read");
  });
});

describe("a transcript about a sealed key", () => {
  const [account, other] = [5, 6].map((byte) => accountOfSeed(new Uint8Array(32).fill(byte)));
  if (!account || !other) throw new Error("two accounts expected");
  const { address } = account;
  const sealedUri =
    "aleo-sealed:token=t;serial=s;id=%01;object=o?module-path=/m&pin-source=file:/pin&sealed-file=/seed";
  const use = { scheme: "verulink-aleo-schnorr", deployment: "main", destination: "1" } as const;
  const sealedKey = { name: "aleo", uri: sealedUri, publicKey: address, address, use, attributes: {} };
  const sealed = (changes: Partial<CeremonyStatement["key"]> = {}, signer = account): CeremonyTranscript => {
    const statement = statementOf(1, { key: { ...sealedKey, custody: "sealed-software", ...changes } });
    return { ...statement, possession: signMessage(signer, statementMessage(ceremonyDigest(statement))) };
  };

  it("reads back as it was written, with its custody", () => {
    const transcript = sealed();
    expect(readTranscript(formatTranscript(transcript))).toEqual(transcript);
  });

  it.each<[string, CeremonyTranscript, string]>([
    ["another account signed it", sealed({}, other), "not signed by its key"],
    ["its address is another account's", sealed({ address: other.address }), "the address of another key"],
    ["its use is another scheme", sealed({ use: { ...use, scheme: "verulink-evm" } }), "a use that no sealed key has"],
    ["its use is the audit chain", sealed({ use: "audit" }), "a use that no sealed key has"],
    ["its URI is a token key's", sealed({ uri }), "a key URI of another custody"],
    ["it leaves the custody out", { ...sealed(), key: sealedKey }, "a key URI of another custody"],
    ["it has a certificate", { ...sealed(), attestationCertificate: certificateOver(1) }, "not in the device"],
  ])("is refused when %s", (_what, transcript, reason) => {
    expect(() => readTranscript(formatTranscript(transcript))).toThrow(reason);
  });
});
