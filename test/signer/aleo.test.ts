import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Hex } from "../../shared/digest/index.ts";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { check } from "../../shared/schema/index.ts";
import { attestationRequestSchema, attestationSchema, attestationToWire } from "../../shared/wire/index.ts";
import { exportHistory, importHistory, ledgerIdOf, readInterchange } from "../../signer/ledger/index.ts";
import { verifyLedger } from "../../signer/ledger/offline.ts";
import { judge } from "../../signer/newest/judge.ts";
import { rejection } from "../shared/refusal.ts";
import { createSignerWorld } from "../support/signerWorld.ts";
import { testKeeper } from "../support/testKeeper.ts";
import { aleoAddresses, aleoRequest, aleoReservation, aleoRoute, aleoScheme } from "./aleoSamples.ts";
import { attestorWith, client, signingKey } from "./attestorUnderTest.ts";
import { recordsOf } from "./audit/records.ts";
import { openLedger, temporaryLedger } from "./ledger/temporaryLedger.ts";
import { addresses, type PacketChanges, policiesOf, sampleClient } from "./samples.ts";

const key = signingKey("to-two", 2, { scheme: aleoScheme });
const { address } = key;

function signer(route = aleoRoute({ versions: [1, 2] })) {
  const keeper = testKeeper([key], { "to-two": 2 });
  const policies = policiesOf({ clients: [sampleClient({ schemes: [aleoScheme] })], routes: [route] });
  return { ...attestorWith([key], { keeper, policies }), keeper };
}

describe("a signer with a route to Aleo", () => {
  it.each(["white", "flagged"] as const)(
    "attests a %s packet, and the same again with the same signature",
    async (verdict) => {
      const { attestor, keeper } = signer();
      const request = aleoRequest({}, verdict);
      const outcome = await attestor.attest(client, request);
      if (outcome.outcome !== "approved") throw new Error(outcome.outcome);
      const { attestation } = outcome;
      const { packetHash, digest } = aleoReservation({}, verdict);
      expect(attestation).toMatchObject({ scheme: aleoScheme, packetHash, digest, signer: address });
      expect(packetHash).toMatch(/^\d+field$/);
      expect(signerOf(attestation.signature, digest)).toBe(address);
      expect(await attestor.attest(client, request)).toMatchObject({ outcome: "approved", attestation });
      expect(keeper.digests).toHaveLength(1);
      const wire = parseJson(JSON.stringify(attestationToWire(attestation)));
      expect(check(attestationSchema, wire, "attestation")).toEqual(attestation);
    },
  );

  it("releases one attestation for a packet id: another verdict or another packet is denied", async () => {
    const { attestor, keeper } = signer();
    await attestor.attest(client, aleoRequest());
    expect(await attestor.attest(client, aleoRequest({}, "flagged"))).toMatchObject({
      outcome: "denied",
      error: { code: "verdict_already_given" },
    });
    expect(await attestor.attest(client, aleoRequest({ message: { amount: 11n } }))).toMatchObject({
      outcome: "denied",
      error: { code: "equivocation" },
    });
    expect(keeper.digests).toHaveLength(1);
  });

  it("keeps the record through a restart, an export and an import, and verifies it", async () => {
    const { attestor, files } = signer();
    const outcome = await attestor.attest(client, aleoRequest());
    if (outcome.outcome !== "approved") throw new Error(outcome.outcome);
    const { state } = files.reopen();
    const text = state.read((database) => [...exportHistory(database, { minimal: false, nowMs: 0 })].join(""));
    const other = temporaryLedger();
    const hash: Hex = `0x${"ab".repeat(32)}`;
    const document = readInterchange(parseJson(text));
    await other.ledger.state.decide((transaction) => importHistory(transaction, document, hash));
    expect(other.ledger.find(ledgerIdOf(aleoReservation()))).toEqual([outcome.attestation]);
    expect(() => readInterchange(parseJson(text.replace('"amount":"10"', '"amount":"11"')))).toThrow(/packetHash/);
    state.close();
    expect(verifyLedger(files.file)).toMatchObject({ signed: 1, problems: [] });
  });

  it("sees by an attestation that a client holds that its ledger is an older copy", async () => {
    const outcome = await signer().attestor.attest(client, aleoRequest());
    if (outcome.outcome !== "approved") throw new Error(outcome.outcome);
    const { state } = temporaryLedger().ledger;
    const says = (attestation: typeof outcome.attestation, scheme: string = aleoScheme) =>
      state.read((database) =>
        judge(database, attestation, aleoRoute(), [
          { ...aleoRoute(), scheme, address, destination: aleoRoute().destination.chainId },
        ]),
      );
    expect(says(outcome.attestation)).toEqual({ says: "rollback", presence: "absent" });
    expect(says(outcome.attestation, "verulink-aleo-ecdsa:testnet:other.aleo")).toMatchObject({ says: "forged" });
    const otherScheme = { ...outcome.attestation, scheme: "verulink-aleo-ecdsa:mainnet:bridge.aleo" } as const;
    expect(says(otherScheme)).toMatchObject({ says: "forged", reason: expect.stringContaining("digest") });
  });
});

describe("a route to Aleo through the signer's doors", () => {
  it("has in its audit log how many providers were asked and where the key is, as the gauge has", async () => {
    const world = await createSignerWorld({
      change: (settings) => Object.assign(settings.keys[1], { scheme: aleoScheme }),
      changePolicy(policy) {
        const { destination } = aleoRoute();
        Object.assign(policy.routes[0], { scheme: aleoScheme, destination: { ...destination, chainId: 2 } });
        policy.clients[0].schemes.push(aleoScheme);
      },
    });
    onTestFinished(() => world.close());
    const running = await world.start();
    const request = attestationToWire({ ...aleoRequest(), sources: "2-of-3" });
    const answer = await (await world.client()).request("POST", "/v1/attestations", request);
    expect(answer).toMatchObject({
      status: 200,
      body: { attestation: { scheme: aleoScheme, sources: "2-of-3", custody: "hsm" } },
    });
    const metrics = await (await world.ops("/metrics")).text();
    const keys = Object.entries({ hsm: 3, kms: 0, "sealed-software": 0 });
    for (const [custody, count] of keys) expect(metrics).toContain(`signer_keys{custody="${custody}"} ${count}\n`);
    await running.stop();
    const { state } = openLedger(path.join(world.folder, "ledger.sqlite"));
    const records = recordsOf(state).filter(({ kind }) => kind === "decision" || kind === "release");
    state.close();
    expect(records).toMatchObject([
      { kind: "decision", body: { outcome: "approved", key: "to-two", packet: "1/2/7", sources: "2-of-3" } },
      { kind: "release", body: { key: "to-two", packet: "1/2/7", custody: "hsm" } },
    ]);
  });
});

describe("a packet that Aleo could never consume", () => {
  const evmToken = addresses.token;
  it.each<[string, PacketChanges, string]>([
    [
      "a receiver that no account can have",
      { message: { receiverAddress: aleoAddresses.nobody } },
      "packet.message.receiver_address",
    ],
    [
      "a receiver with a wrong checksum",
      { message: { receiverAddress: aleoAddresses.receiver.replace("18z", "18q") } },
      "packet.message.receiver_address",
    ],
    ["a receiver on EVM", { message: { receiverAddress: addresses.receiver } }, "packet.message.receiver_address"],
    ["an empty-looking receiver", { message: { receiverAddress: " " } }, "packet.message.receiver_address"],
    ["a token that is an address", { message: { destTokenAddress: evmToken } }, "packet.message.dest_token_address"],
    [
      "a token beyond the field",
      { message: { destTokenAddress: `${2n ** 253n}field` } },
      "packet.message.dest_token_address",
    ],
    ["a token with leading zeros", { message: { destTokenAddress: "01field" } }, "packet.message.dest_token_address"],
    ["a sender on Aleo", { message: { senderAddress: aleoAddresses.receiver } }, "packet.message.sender_address"],
    [
      "another program",
      { destination: { chainId: 2n, address: aleoAddresses.receiver } },
      "packet.destination.address",
    ],
    [
      "a program that nobody can be",
      { destination: { chainId: 2n, address: aleoAddresses.nobody } },
      "packet.destination.address",
    ],
    ["a version that nobody knows", { version: 3 }, "packet.version"],
  ])(
    "is denied for good with the field named, and nothing is reserved or signed: %s",
    async (_what, changes, field) => {
      const { attestor, keeper, ledger } = signer();
      expect(await attestor.attest(client, aleoRequest(changes))).toMatchObject({
        outcome: "denied",
        rule: "route",
        inputs: { field },
        error: { code: "denied", status: 403 },
      });
      expect(keeper.digests).toEqual([]);
      expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
      expect(await attestor.attest(client, aleoRequest()), "other packets go on").toMatchObject({
        outcome: "approved",
      });
    },
  );

  it.each<[string, PacketChanges, string]>([
    ["an amount over u128", { message: { amount: 2n ** 128n } }, "packet.message.amount"],
    ["a negative amount", { message: { amount: -1n } }, "packet.message.amount"],
    ["a sequence over u64", { sequence: 2n ** 64n }, "packet.sequence"],
    ["a height over u64", { height: 2n ** 64n }, "packet.height"],
    ["a version over u8", { version: 256 }, "packet.version"],
  ])("is refused as it comes in, with the field named: %s", (_what, changes, field) => {
    const wire = parseJson(JSON.stringify(attestationToWire(aleoRequest(changes))));
    expect(() => check(attestationRequestSchema, wire, "body")).toThrow(
      expect.objectContaining({ code: "invalid_field", data: expect.objectContaining({ field }) }),
    );
  });

  it("is refused by the digest scheme too, should a rule have let it through", async () => {
    const source = { chainId: 1n, address: aleoAddresses.service };
    const route = aleoRoute({ source: { chainId: 1n, family: "aleo", tokenService: source.address } });
    const request = aleoRequest({ source, message: { senderAddress: aleoAddresses.receiver } });
    const error = await rejection("invalid_field", signer(route).attestor.attest(client, request));
    expect(error.data).toMatchObject({ field: "source.address" });
  });
});
