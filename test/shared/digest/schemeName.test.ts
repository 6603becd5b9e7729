import { describe, expect, it } from "vitest";
import {
  aleoEcdsaSchemeName,
  digestScheme,
  hashText,
  parseSchemeName,
  type SchemeName,
  schemeName,
  verdictResults,
} from "../../../shared/digest/index.ts";
import { problemsOf } from "../../../shared/schema/index.ts";
import { verulinkAleoVectors } from "../aleo/vectors.ts";
import { refusal } from "../refusal.ts";

describe("the name of a digest scheme", () => {
  it("says everything beside packet and verdict that decides what is signed", () => {
    expect(parseSchemeName("verulink-evm")).toEqual({ kind: "verulink-evm" });
    const program = { network: "testnet", program: "bridge.aleo" } as const;
    expect(aleoEcdsaSchemeName(program)).toBe("verulink-aleo-ecdsa:testnet:bridge.aleo");
    expect(parseSchemeName(aleoEcdsaSchemeName(program))).toEqual({ kind: "verulink-aleo-ecdsa", ...program });
  });

  it.each([
    "",
    "none",
    "verulink-evm:testnet:bridge.aleo",
    "verulink-aleo-ecdsa",
    "verulink-aleo-ecdsa:testnet",
    "verulink-aleo-ecdsa:devnet:bridge.aleo",
    "verulink-aleo-ecdsa:testnet:bridge",
    "verulink-aleo-ecdsa:testnet:Bridge.aleo",
    "verulink-aleo-ecdsa:testnet:bridge.aleo:more",
    "verulink-aleo-ecdsa:testnet:bridge.aleo ",
    "__proto__",
  ])("is not %s", (text) => {
    expect(parseSchemeName(text)).toBeUndefined();
    expect(problemsOf(schemeName, text)).toMatchObject({
      problems: [{ reason: expect.stringContaining("verulink-evm") }],
    });
    expect(refusal("invalid_field", () => digestScheme(text as SchemeName)).data.field).toBe("scheme");
  });
});

describe("the digest scheme verulink-aleo-ecdsa", () => {
  it.each(verulinkAleoVectors().packets)(
    "gives the hashes of packet $packet.sequence",
    ({ packet, packetHash, ecdsa }) => {
      const scheme = digestScheme(aleoEcdsaSchemeName(ecdsa));
      expect(scheme).toMatchObject({ destinationFamily: "aleo", program: ecdsa.program });
      for (const verdict of verdictResults) {
        expect(scheme.digestOf(packet, verdict)).toEqual({ packetHash, digest: ecdsa.digest[verdict] });
      }
    },
  );

  it("signs other bytes for every network and program, and keeps one scheme for a name", () => {
    const [vector] = verulinkAleoVectors().packets;
    if (!vector) throw new Error("the vector file holds no packet");
    const names = ["mainnet:bridge.aleo", "testnet:bridge.aleo", "canary:bridge.aleo", "mainnet:bridge2.aleo"].map(
      (rest): SchemeName => `verulink-aleo-ecdsa:${rest}` as SchemeName,
    );
    expect(new Set(names.map((name) => digestScheme(name).digestOf(vector.packet, "white").digest)).size).toBe(4);
    for (const name of names) expect(digestScheme(name)).toBe(digestScheme(name));
  });

  it("stays right when messages have brought more names than are kept", () => {
    for (let at = 0; at < 300; at += 1) {
      const name: SchemeName = `verulink-aleo-ecdsa:testnet:b${at}.aleo`;
      expect(digestScheme(name).name).toBe(name);
    }
  });
});

describe("a hash in messages", () => {
  it.each([
    `0x${"ab".repeat(32)}`,
    "0field",
    `${8444461749428370424248824938781546531375899335154063827935233455917409239040n}field`,
  ])("may be %s", (text) => {
    expect(problemsOf(hashText, text)).toEqual({ value: text });
  });

  it.each([
    `0x${"ab".repeat(31)}`,
    "01field",
    "-1field",
    "field",
    "12",
    "12field ",
    `${8444461749428370424248824938781546531375899335154063827935233455917409239041n}field`,
  ])("may not be %s", (text) => {
    expect(problemsOf(hashText, text)).toHaveProperty("problems");
  });
});
