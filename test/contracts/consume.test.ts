import { concat, type NonceManager, type Wallet } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ascending, attest, signatures, vote, wallets } from "./attesting.ts";
import { type BridgeOnStage, bridgeOn, openStage, type Stage } from "./bridgeFixture.ts";
import { inPacket, inPacketHash } from "./packets.ts";

const { yea, nay } = vote;
const packet = inPacket(1n);

let stage: Stage;
let service: NonceManager;
let bridge: BridgeOnStage["bridge"];
let attestors: BridgeOnStage["attestors"];
beforeAll(async () => {
  stage = await openStage();
  service = stage.service;
});
afterAll(() => stage?.anvil.close());
beforeEach(async () => {
  ({ bridge, attestors } = await bridgeOn(stage));
});

describe("a bridge that receives", () => {
  test("records packet hash and vote, and takes a packet once", async () => {
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.read("isPacketConsumed", 1n)).toBe(false);

    const receipt = await bridge.send(service, "consume", packet, signed);

    const [event] = bridge.events(receipt);
    expect(event?.name).toBe("Consumed");
    expect(event?.args.toObject()).toEqual({ chainId: 2n, sequence: 1n, packetHash: inPacketHash(packet), vote: yea });
    expect(await bridge.read("consumedPackets", 1n)).toBe(inPacketHash(packet));
    expect(await bridge.read("isPacketConsumed", 1n)).toBe(true);
    expect(await bridge.refusal(service, "consume", packet, signed)).toBe("PacketAlreadyConsumed");
  });

  test("takes no other packet under a number it has taken", async () => {
    await bridge.send(service, "consume", packet, await signatures(packet, [attestors[0], yea], [attestors[1], yea]));
    const other = inPacket(1n, { height: 101n });
    const signed = await signatures(other, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(service, "consume", other, signed)).toBe("PacketAlreadyConsumed");
  });

  test("marks a packet consumed also when the votes are split", async () => {
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], nay]);
    const [event] = bridge.events(await bridge.send(service, "consume", packet, signed));
    expect(event?.args.vote).toBe(vote.null);
    expect(await bridge.read("isPacketConsumed", 1n)).toBe(true);
  });

  test("takes numbers in any order", async () => {
    const later = inPacket(9n);
    await bridge.send(service, "consume", later, await signatures(later, [attestors[1], yea], [attestors[2], yea]));
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(service, "consume", packet, signed)).toBe("accepted");
  });

  test("refuses everyone but a registered token service", async () => {
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(stage.stranger, "consume", packet, signed)).toBe("TokenServiceUnknown");
    expect(await bridge.refusal(stage.owner, "consume", packet, signed)).toBe("TokenServiceUnknown");
  });

  test("takes nothing while it is paused", async () => {
    await bridge.send(stage.owner, "pause");
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(service, "consume", packet, signed)).toBe("IsPaused");
  });

  test("refuses a packet that comes from, or goes to, another chain", async () => {
    const foreign = inPacket(1n, { sourceTokenService: { chainId: 3n, addr: "source service" } });
    const stray = inPacket(1n, { destTokenService: { ...packet.destTokenService, chainId: 3n } });
    const signed = await signatures(foreign, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(service, "consume", foreign, signed)).toBe("SourceChainUnknown");
    const alsoSigned = await signatures(stray, [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(service, "consume", stray, alsoSigned)).toBe("DestinationChainUnknown");
  });
});

describe("the vote of a quorum of two in three", () => {
  const outcomes = [
    { votes: [yea, yea], outcome: vote.yea },
    { votes: [nay, nay], outcome: vote.nay },
    { votes: [yea, nay], outcome: vote.null },
    { votes: [nay, yea], outcome: vote.null },
    { votes: [yea, yea, yea], outcome: vote.yea },
    { votes: [yea, nay, yea], outcome: vote.yea },
    { votes: [nay, nay, yea], outcome: vote.nay },
    { votes: [nay, nay, nay], outcome: vote.nay },
  ];
  test.each(outcomes)("$votes is $outcome", async ({ votes, outcome }) => {
    const voters = votes.map((byte, index): [Wallet, bigint] => [attestors[index] ?? attestors[0], byte]);
    const signed = await signatures(packet, ...voters);
    expect(await bridge.dryRun(service, "consume", packet, signed)).toBe(outcome);
  });

  test("counts byte 2 as NAY and byte 0, as Verulink's Go signer sends it, as no attestor's signature", async () => {
    const byTwo = await signatures(packet, [attestors[0], 2n], [attestors[1], 2n]);
    expect(await bridge.dryRun(service, "consume", packet, byTwo)).toBe(vote.nay);
    const byZero = await signatures(packet, [attestors[0], 0n], [attestors[1], 0n]);
    expect(await bridge.refusal(service, "consume", packet, byZero)).toBe("SignerUnknown");
  });

  test("needs two, also from those who vote NAY", async () => {
    for (const byte of [yea, nay]) {
      const signed = await signatures(packet, [attestors[0], byte]);
      expect(await bridge.refusal(service, "consume", packet, signed)).toBe("SignaturesTooFew");
    }
    expect(await bridge.refusal(service, "consume", packet, "0x")).toBe("SignaturesTooFew");
  });
});

describe("signatures", () => {
  test("stand in ascending order of their signers", async () => {
    const signed = await signatures(packet, [attestors[1], yea], [attestors[0], yea]);
    expect(await bridge.refusal(service, "consume", packet, signed)).toBe("SignersNotAscending");
  });

  test("count once per signer, even as one YEA and one NAY", async () => {
    const twice = await signatures(packet, [attestors[0], yea], [attestors[0], yea]);
    expect(await bridge.refusal(service, "consume", packet, twice)).toBe("SignersNotAscending");
    const both = await signatures(packet, [attestors[0], nay], [attestors[0], yea]);
    expect(await bridge.refusal(service, "consume", packet, both)).toBe("SignersNotAscending");
  });

  test("of a stranger refuse the whole call, even beside a quorum", async () => {
    for (const stranger of wallets(5, 101)) {
      const voters = ascending([attestors[0], attestors[1], stranger]);
      const signed = await signatures(packet, ...voters.map((voter): [Wallet, bigint] => [voter, yea]));
      expect(await bridge.refusal(service, "consume", packet, signed)).toBe("SignerUnknown");
    }
  });

  test("of one removed from the attestors no longer count", async () => {
    await bridge.send(stage.owner, "removeAttestor", attestors[0].address, 2);
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], yea], [attestors[2], yea]);
    expect(await bridge.refusal(service, "consume", packet, signed)).toBe("SignerUnknown");
  });

  test("over another packet are a stranger's", async () => {
    const signed = await signatures(inPacket(2n), [attestors[0], yea], [attestors[1], yea]);
    expect(await bridge.refusal(service, "consume", packet, signed)).toBe("SignerUnknown");
  });

  test("are 65 bytes each", async () => {
    const signed = await signatures(packet, [attestors[0], yea], [attestors[1], yea]);
    for (const malformed of [signed.slice(0, -2), `${signed}00`, signed.slice(0, 132 - 2), "0x00"]) {
      expect(await bridge.refusal(service, "consume", packet, malformed)).toBe("SignaturesMalformed");
    }
  });

  test("end in v 27 or 28, or 0 or 1, and in nothing else", async () => {
    const full = await Promise.all([attest(attestors[0], packet, yea), attest(attestors[1], packet, yea)]);
    const endingIn = (change: (v: number) => number): string =>
      concat(full.map((one) => concat([one.slice(0, -2), new Uint8Array([change(Number(`0x${one.slice(-2)}`))])])));
    expect(
      await bridge.dryRun(
        service,
        "consume",
        packet,
        endingIn((v) => v),
      ),
    ).toBe(yea);
    expect(
      await bridge.dryRun(
        service,
        "consume",
        packet,
        endingIn((v) => v - 27),
      ),
    ).toBe(yea);
    for (const change of [(v: number) => v + 2, (v: number) => v - 25, (v: number) => v + 27, (v: number) => 55 - v]) {
      expect(await bridge.refusal(service, "consume", packet, endingIn(change))).toBe("SignerUnknown");
    }
  });

  test("with the high s are accepted, as Verulink's contract accepts them", async () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const twin = (signature: string): string => {
      const s = order - BigInt(`0x${signature.slice(66, 130)}`);
      const v = 55 - Number(`0x${signature.slice(130)}`);
      return concat([signature.slice(0, 66), `0x${s.toString(16).padStart(64, "0")}`, new Uint8Array([v])]);
    };
    const low = await Promise.all([attest(attestors[0], packet, yea), attest(attestors[1], packet, yea)]);
    expect(await bridge.dryRun(service, "consume", packet, concat(low.map(twin)))).toBe(yea);

    const doubled = concat([low[0], twin(low[0])]);
    expect(await bridge.refusal(service, "consume", packet, doubled)).toBe("SignersNotAscending");
  });
});
