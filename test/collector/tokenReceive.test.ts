import { beforeAll, describe, expect, it } from "vitest";
import { readyCall, signatureSlots } from "../../collector/call/index.ts";
import type { RegisteredRoute } from "../../collector/config.ts";
import { tally } from "../../collector/tally.ts";
import { accountOfSeed, fieldMessage, signMessage, verulinkAleoSchnorr } from "../../shared/aleo/index.ts";
import type { VerdictResult } from "../../shared/digest/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { aleoAddresses, aleoPacket } from "../signer/aleoSamples.ts";
import { type SnarkVm, startSnarkVm } from "../support/snarkVm.ts";

/** Verulink's own constant: what its program takes for an unused slot. */
const zeroAddress = "aleo1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq3ljyzc";
const scheme = "verulink-aleo-schnorr";
const accounts = Array.from({ length: 7 }, (_, index) => accountOfSeed(Buffer.alloc(32, index + 1))).sort((a, b) =>
  a.address < b.address ? -1 : 1,
);
const sent = aleoPacket();
const route = {
  deployment: "local",
  source: { chainId: sent.source.chainId, family: "evm", tokenService: sent.source.address },
  destination: { chainId: 2n, family: "aleo", tokenService: aleoAddresses.service, bridge: "verulink_bridge.aleo" },
  scheme,
  quorum: 2,
  attestors: accounts.slice(0, 3).map(({ address }) => address),
  successors: [],
} as unknown as RegisteredRoute;
const wide = { ...route, quorum: 5, attestors: accounts.map(({ address }) => address) };
const digestOf = verulinkAleoSchnorr;

/** The call once the accounts of those places have signed, each its verdict. */
function callOf(votes: readonly (readonly [number, VerdictResult])[], packet: Packet = sent, on = route) {
  const digests = { white: digestOf(packet, "white").digest, flagged: digestOf(packet, "flagged").digest };
  const id = { deployment: "local", source: packet.source.chainId, destination: 2n, sequence: packet.sequence };
  const statements = votes.map(([index, verdict]) => {
    const account = accounts[index];
    if (!account) throw new Error("no such account");
    const digest = digests[verdict];
    const signature = signMessage(account, fieldMessage(digest));
    return { id, signer: account.address, digest, signature, claims: undefined, receivedAt: 0 };
  });
  const packets = [{ packet, packetHash: digestOf(packet, "white").packetHash, digests }];
  const result = tally(on, { id, position: 1, packets, statements });
  const call = result && readyCall(on, result);
  return { call: call?.function === "token_receive" ? call : call && undefined, signatures: statements, digests };
}

const elements = (text = "") => text.slice(1, -1).split(",");
const bytes = (hex: string) => `[${[...Buffer.from(hex.slice(2), "hex")].map((byte) => `${byte}u8`).join(",")}]`;

let snarkVm: SnarkVm;
beforeAll(() => {
  snarkVm = startSnarkVm();
});

describe("the ready call for Verulink's program", () => {
  it.each(["white", "flagged"] as const)(
    "has the inputs of token_receive in the order of its source, for a %s packet",
    (verdict) => {
      const { call, signatures } = callOf([
        [2, verdict],
        [0, verdict],
      ]);
      const [third, first] = signatures;
      expect(call).toEqual({
        ...{ chainId: 2n, program: "verulink_bridge.aleo", to: aleoAddresses.service, function: "token_receive" },
        inputs: [
          bytes(sent.message.senderAddress),
          aleoAddresses.token,
          aleoAddresses.receiver,
          `${sent.message.amount}u128`,
          `${sent.sequence}u64`,
          `${sent.height}u64`,
          `[${[first?.signer, third?.signer, zeroAddress, zeroAddress, zeroAddress].join(",")}]`,
          `[${[first, third, first, first, first].map((vote) => vote?.signature).join(",")}]`,
          `${sent.source.chainId}u128`,
          bytes(sent.source.address),
        ],
      });
    },
  );

  it("has inputs that Aleo's virtual machine reads, and signatures that it verifies slot by slot", () => {
    const { call, digests } = callOf([
      [0, "white"],
      [1, "white"],
    ]);
    for (const input of call?.inputs ?? []) {
      expect(snarkVm.rewritten(input).replaceAll(/\s/g, "")).toBe(input);
    }
    const [signers, signatures] = [elements(call?.inputs[6]), elements(call?.inputs[7])];
    expect([signers.length, signatures.length]).toEqual([signatureSlots, signatureSlots]);
    const verified = signers.map((signer, slot) => snarkVm.verifies(signatures[slot] ?? "", signer, digests.white));
    expect(verified).toEqual([true, true, false, false, false]);
    expect(signers.slice(2)).toEqual([zeroAddress, zeroAddress, zeroAddress]);
  });

  it("holds the winning verdict's signatures and none of the other, which would count against it", () => {
    const { call } = callOf([
      [0, "white"],
      [1, "flagged"],
      [2, "white"],
    ]);
    expect(elements(call?.inputs[6])).not.toContain(accounts[1]?.address);
    expect(elements(call?.inputs[6])).toContain(accounts[2]?.address);
  });

  it("fills the slots that there are, and leaves out what is more", () => {
    const { call } = callOf(
      accounts.map((_, index) => [index, "white"] as const),
      sent,
      wide,
    );
    expect(elements(call?.inputs[6])).toEqual(accounts.slice(0, signatureSlots).map(({ address }) => address));
  });

  it("is none before the quorum, or for a packet of a version that the program never builds", () => {
    expect(callOf([[0, "white"]]).call).toBeNull();
    const votes = [[0, "white"] as const, [1, "white"] as const];
    expect(callOf(votes, { ...sent, version: 2 }).call).toBeNull();
  });

  it("leaves out what no longer verifies, and is none when too few are left", () => {
    const votes = [[0, "white"] as const, [1, "white"] as const, [2, "white"] as const];
    const { signatures, digests } = callOf(votes);
    const spoil = (count: number) => {
      const [other] = signatures.slice(-1);
      const statements = signatures.map((vote, index) =>
        index < count && other ? { ...vote, signature: other.signature } : vote,
      );
      const packets = [{ packet: sent, packetHash: digestOf(sent, "white").packetHash, digests }];
      const [vote] = statements;
      const result = vote && tally(route, { id: vote.id, position: 1, packets, statements });
      return result ? readyCall(route, result) : undefined;
    };
    const call = spoil(1);
    expect(call?.function === "token_receive" && elements(call.inputs[6]).slice(0, 2)).toEqual(
      accounts.slice(1, 3).map(({ address }) => address),
    );
    expect(spoil(2)).toBeNull();
  });
});
