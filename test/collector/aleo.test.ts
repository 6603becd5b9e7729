import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readyCall, signatureSlots } from "../../collector/call/index.ts";
import type { RegisteredRoute } from "../../collector/config.ts";
import type { KnownPacket } from "../../collector/store/index.ts";
import { tally } from "../../collector/tally.ts";
import { digestScheme, type Hex, type VerdictResult } from "../../shared/digest/index.ts";
import { type Packet, packetToWire } from "../../shared/packet/index.ts";
import { aleoAddresses, aleoScheme } from "../signer/aleoSamples.ts";
import { attestor, attestors, submission } from "./attestors.ts";
import { type CollectorUnderTest, type RegistryEntry, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, evmService, packet, someone } from "./packets.ts";

/** A packet for a program on Aleo. */
function toAleo(sequence: number, changes: Partial<Packet["message"]> = {}): Packet {
  return packet(sequence, {
    source: { chainId: evmChain, address: evmService },
    destination: { chainId: aleoChain, address: aleoAddresses.service },
    message: {
      senderAddress: someone,
      destTokenAddress: aleoAddresses.token,
      amount: 340282366920938463463374607431768211455n, // the largest u128
      receiverAddress: aleoAddresses.receiver,
      ...changes,
    },
  });
}

const entry: RegistryEntry = {
  deployment: "alpha",
  source: { chainId: evmChain, family: "evm", tokenService: evmService },
  destination: { chainId: aleoChain, family: "aleo", tokenService: aleoAddresses.service, bridge: "bridge.aleo" },
  scheme: aleoScheme,
  quorum: 2,
  attestors: attestors.slice(0, 3).map(({ address }) => address),
};

function signatureFor(sent: Packet, verdict: VerdictResult, index: number): Hex {
  const { digest } = digestScheme(aleoScheme).digestOf(sent, verdict);
  return attestor(index).key.sign(digest).serialized as Hex;
}

const bytes = (hex: string) => `[${[...Buffer.from(hex.slice(2), "hex")].map((byte) => `${byte}u8`).join(",")}]`;
const padded = (address: string) => bytes(`0x${"00".repeat(12)}${address.slice(2)}`);

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest([entry]);
});
afterAll(() => collector.close());

async function vote(sent: Packet, verdict: VerdictResult, index: number, changes: Record<string, unknown> = {}) {
  const signature = signatureFor(sent, verdict, index);
  const wire = { packet: packetToWire(sent), signature, ...changes };
  return collector.postAs(index, "/v1/attestations", submission(packet(1), verdict, attestor(index), wire));
}

const read = ({ sequence }: Packet) => collector.read(`/v1/packets/${evmChain}/${aleoChain}/${sequence}`);

describe("a collector with a route to Aleo", () => {
  it.each(["white", "flagged"] as const)(
    "serves the inputs of the program's consume for a %s packet",
    async (verdict) => {
      const sent = toAleo(verdict === "white" ? 1 : 2);
      for (const index of [2, 0]) expect((await vote(sent, verdict, index)).status).toBe(201);
      const { body } = await read(sent);
      const { packetHash, digest } = digestScheme(aleoScheme).digestOf(sent, verdict);
      expect(body).toMatchObject({
        status: "quorum",
        verdict,
        attestations: [{ packetHash, digest, scheme: aleoScheme }, {}],
      });
      const [first, second] = [0, 2].map((index) => bytes(signatureFor(sent, verdict, index)));
      const nobody = bytes(`0x${"00".repeat(20)}`);
      expect(body.call).toEqual({
        chainId: `${aleoChain}`,
        network: "testnet",
        program: "bridge.aleo",
        to: aleoAddresses.service,
        function: "consume",
        inputs: [
          `${evmChain}u128`,
          padded(evmService),
          `${sent.sequence}u64`,
          padded(someone),
          aleoAddresses.token,
          "340282366920938463463374607431768211455u128",
          aleoAddresses.receiver,
          "100u64",
          `${verdict === "white"}`,
          `[${[first, second, first, first, first].join(",")}]`,
          `[${[bytes(attestor(0).address), bytes(attestor(2).address), nobody, nobody, nobody].join(",")}]`,
        ],
      });
    },
  );

  it("shows no call before the quorum, and none that holds the other verdict's signatures", async () => {
    const sent = toAleo(3);
    await vote(sent, "white", 0);
    expect((await read(sent)).body).toMatchObject({ status: "collecting", call: null });
    await vote(sent, "flagged", 1);
    await vote(sent, "white", 2);
    const { call } = (await read(sent)).body as unknown as { call: { inputs: readonly string[] } };
    expect(call.inputs[10]).not.toContain(bytes(attestor(1).address));
    expect(call.inputs[8]).toBe("true");
  });

  it.each<[string, Partial<Packet["message"]>, string]>([
    [
      "a receiver that no account can have",
      { receiverAddress: aleoAddresses.nobody },
      "packet.message.receiver_address",
    ],
    ["a receiver on EVM", { receiverAddress: someone }, "packet.message.receiver_address"],
    ["a token that is an address", { destTokenAddress: aleoAddresses.service }, "packet.message.dest_token_address"],
    ["a sender on Aleo", { senderAddress: aleoAddresses.receiver }, "packet.message.sender_address"],
  ])("refuses %s and names the field", async (_what, changes, field) => {
    const answer = await vote(toAleo(4), "white", 0, { packet: packetToWire(toAleo(4, changes)) });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_field", data: { field } } });
  });

  it("refuses a signature for another program, for the same program elsewhere, and a malleable one", async () => {
    const sent = toAleo(5);
    for (const scheme of [
      "verulink-aleo-ecdsa:testnet:other.aleo",
      "verulink-aleo-ecdsa:mainnet:bridge.aleo",
    ] as const) {
      const { digest } = digestScheme(scheme).digestOf(sent, "white");
      const signature = attestor(0).key.sign(digest).serialized;
      expect(await vote(sent, "white", 0, { signature })).toMatchObject({ status: 403, body: { code: "denied" } });
    }
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const { r, s, v } = attestor(0).key.sign(digestScheme(aleoScheme).digestOf(sent, "white").digest);
    const highS = (order - BigInt(s)).toString(16).padStart(64, "0");
    const signature = `${r}${highS}${v === 27 ? "1c" : "1b"}`;
    expect(await vote(sent, "white", 0, { signature })).toMatchObject({ status: 400 });
    for (const malformed of ["00".repeat(65), `${"00".repeat(32)}${"11".repeat(32)}1b`, `${"11".repeat(64)}05`]) {
      expect((await vote(sent, "white", 0, { signature: `0x${malformed}` })).status).toBe(400);
    }
  });
});

describe("the ready call for Aleo", () => {
  const route: RegisteredRoute = {
    ...entry,
    source: { ...entry.source, family: "evm" },
    destination: { ...entry.destination, family: "aleo" },
    scheme: aleoScheme,
    attestors: [...entry.attestors],
    successors: [],
  };
  const five = { ...route, quorum: 4, attestors: attestors.map(({ address }) => address) };

  function counted(sent: Packet, signatures: readonly Hex[], on = five) {
    const { digestOf } = digestScheme(aleoScheme);
    const white = digestOf(sent, "white");
    const known: KnownPacket = {
      packet: sent,
      packetHash: white.packetHash,
      digests: { white: white.digest, flagged: digestOf(sent, "flagged").digest },
    };
    const id = { deployment: "alpha", source: evmChain, destination: aleoChain, sequence: sent.sequence };
    const statements = signatures.map((signature, index) => ({
      ...{ id, signature, signer: attestor(index).address, digest: white.digest, claims: undefined, receivedAt: 0 },
    }));
    const result = tally(on, { id, position: 1, packets: [known], statements });
    if (!result) throw new Error("nothing is known");
    return readyCall(on, result);
  }
  const all = (sent: Packet) => attestors.map((_, index) => signatureFor(sent, "white", index));
  const signersIn = (call: ReturnType<typeof counted>) =>
    call?.function === "consume"
      ? attestors.filter(({ address }) => call.inputs[10]?.includes(bytes(address))).length
      : 0;

  it("fills as many slots as the program has, and leaves out what is more", () => {
    expect(signersIn(counted(toAleo(1), all(toAleo(1))))).toBe(signatureSlots);
  });

  it("leaves out what no longer verifies, and is none when too few are left", () => {
    const sent = toAleo(1);
    const [first, ...rest] = all(sent);
    if (!first) throw new Error("no attestors");
    const spoilt: Hex = `0x${"00".repeat(65)}`;
    expect(signersIn(counted(sent, [spoilt, ...rest.slice(0, 4)]))).toBe(4);
    expect(counted(sent, [spoilt, ...rest.slice(0, 3)])).toBeNull();
  });

  it("is none for a packet of a version that the program never builds", () => {
    const sent = { ...toAleo(1), version: 2 };
    expect(counted(sent, all(sent))).toBeNull();
  });
});
