import { computeAddress, SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { admitAttestation, admitSignature } from "../../collector/admission/index.ts";
import type { RegisteredRoute } from "../../collector/config.ts";
import { problemsBetweenSettings } from "../../collector/configRules.ts";
import { createRegistry } from "../../collector/registry.ts";
import { accountOfSeed, fieldMessage, signMessage, verulinkAleoSchnorr } from "../../shared/aleo/index.ts";
import { digestScheme } from "../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { packetToWire } from "../../shared/packet/index.ts";
import { refusal } from "../shared/refusal.ts";
import { aleoAddresses, aleoPacket } from "../signer/aleoSamples.ts";

const [ours, other] = [5, 6].map((byte) => accountOfSeed(Buffer.alloc(32, byte)));
if (!ours || !other) throw new Error("two accounts expected");
const packet = aleoPacket();
const route = {
  deployment: "local",
  source: { chainId: packet.source.chainId, family: "evm", tokenService: packet.source.address },
  destination: {
    chainId: 2n,
    family: "aleo",
    tokenService: aleoAddresses.service,
    bridge: "vlink_token_bridge_v1.aleo",
  },
  scheme: "verulink-aleo-schnorr",
  quorum: 1,
  attestors: [ours.address],
  successors: [],
} as unknown as RegisteredRoute;
const clients = [{ name: "chain-a", pins: ["pin"], attestors: [ours.address] }];
const ecdsa = "verulink-aleo-ecdsa:testnet:vlink_token_bridge_v1.aleo" as const;
const registry = createRegistry({ registry: [route], clients, council: undefined });

const { digest } = verulinkAleoSchnorr(packet, "white");
const [signature, byOther] = [ours, other].map((account) => signMessage(account, fieldMessage(digest)));
const verdict = { result: "white", source: "list", version: "1", screenedAt: "2026-11-26T12:00:00Z" };
const received = (body: unknown) => parseJson(stringifyJson(body));
const submission = (changes = {}) =>
  received({
    ...{ deployment: "local", packet: packetToWire(packet), verdict, sources: "2-of-3" },
    ...{ assurance: "claimed", custody: "sealed-software", signature, ...changes },
  });
const post = (changes = {}) =>
  received({
    ...{ sourceChainId: `${packet.source.chainId}`, destChainId: "2", sequence: `${packet.sequence}`, signature },
    ...{ offChainAnalysis: true, attestorSigner: ours.address, packetHash: digest, ...changes },
  });

describe("a collector with a route that Aleo accounts sign", () => {
  it("takes an attestation whose signature is by an attestor of the route, as it is", () => {
    const { statement } = admitAttestation(registry, "chain-a", submission());
    expect(statement).toMatchObject({ signer: ours.address, digest, signature });
    expect(statement.claims).toMatchObject({ custody: "sealed-software" });
  });

  it("takes Verulink's own form of it: the second hash with the suffix field, and sign1…", () => {
    expect(admitSignature(registry, "chain-a", post()).statement).toMatchObject({
      signer: ours.address,
      digest,
      signature,
    });
  });

  it("takes no signature by another account, over the other verdict, or of the other form", () => {
    expect(() => admitAttestation(registry, "chain-a", submission({ signature: byOther }))).toThrow("attestor");
    const flagged = { verdict: { ...verdict, result: "flagged" } };
    expect(() => admitAttestation(registry, "chain-a", submission(flagged))).toThrow("signature");
    const hex = { signature: `0x${"11".repeat(64)}1b` };
    expect(() => admitAttestation(registry, "chain-a", submission(hex))).toThrow("signature");
    expect(() => admitSignature(registry, "chain-a", post({ signature: byOther }))).toThrow("signature");
    expect(() => admitSignature(registry, "chain-a", post({ attestorSigner: other.address }))).toThrow("no route");
  });

  it("has attestors with addresses of its scheme only", () => {
    const problems = (changes: Partial<RegisteredRoute>) =>
      problemsBetweenSettings({ registry: [{ ...route, ...changes }], clients: [], council: undefined });
    expect(problems({})).toEqual([]);
    const evm = "0x14779F992B2F2c42b8660Ffa42DBcb3C7C9930B0";
    const places = { path: ["registry", 0, "attestors", 0] };
    const wantsAleo =
      "is an EVM address, and attestors of verulink-aleo-schnorr have Aleo addresses: write the account's";
    expect(problems({ attestors: [evm] })).toMatchObject([{ ...places, reason: expect.stringContaining(wantsAleo) }]);
    const wantsEvm = `is an Aleo address, and attestors of ${ecdsa} have EVM addresses: write the address (0x…)`;
    expect(problems({ scheme: ecdsa })).toMatchObject([{ ...places, reason: expect.stringContaining(wantsEvm) }]);
    const successor = { succeeds: ours.address, fromSequence: 9n };
    expect(problems({ successors: [{ ...successor, attestor: other.address }] })).toEqual([]);
    expect(problems({ successors: [{ ...successor, attestor: evm }] })).toMatchObject([
      { path: ["registry", 0, "successors", 0, "attestor"], reason: expect.stringContaining(wantsAleo) },
    ]);
  });
});

describe("Verulink's door", () => {
  it("refuses an Aleo route that ECDSA keys sign, because Verulink has no form for it", () => {
    const key = new SigningKey(`0x${"11".repeat(32)}`);
    const attestor = computeAddress(key);
    const onEcdsa = { ...route, scheme: ecdsa, attestors: [attestor] };
    const closed = createRegistry({
      ...{ registry: [onEcdsa], council: undefined },
      clients: [{ name: "chain-a", pins: ["pin"], attestors: [attestor] }],
    });
    const ecdsaDigest = digestScheme(ecdsa).digestOf(packet, "white").digest;
    const signed = key.sign(ecdsaDigest).serialized;
    const body = post({ signature: signed, attestorSigner: attestor, packetHash: ecdsaDigest });
    const { data } = refusal("denied", () => admitSignature(closed, "chain-a", body));
    expect(data).toMatchObject({ rule: "verulink-form", inputs: { scheme: ecdsa } });
    expect(admitAttestation(closed, "chain-a", submission({ signature: signed })).statement.signer).toBe(attestor);
  });
});
