import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BridgeOnStage, bridgeOn, openStage, type Stage } from "./bridgeFixture.ts";
import { outPacket, outPacketHash } from "./packets.ts";

let stage: Stage;
let bridge: BridgeOnStage["bridge"];
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.anvil.close());
beforeEach(async () => {
  ({ bridge } = await bridgeOn(stage));
});

describe("a bridge that sends", () => {
  test("numbers packets from 1 and shows the newest number", async () => {
    expect(await bridge.read("sequence")).toBe(0n);
    for (const expected of [1n, 2n, 3n]) {
      const receipt = await bridge.send(stage.service, "sendMessage", outPacket());
      expect(bridge.events(receipt).map(({ args }) => args.packet.sequence)).toEqual([expected]);
      expect(await bridge.read("sequence")).toBe(expected);
    }
  });

  test("dispatches what it was given, with version 1 and its own number", async () => {
    const receipt = await bridge.send(stage.service, "sendMessage", outPacket({ height: 123n }));
    const [event] = bridge.events(receipt);
    expect(event?.name).toBe("PacketDispatched");
    expect(event?.args.packet.toObject(true)).toEqual(outPacket({ height: 123n, version: 1n, sequence: 1n }));
  });

  test("records the documented hash of what it dispatched", async () => {
    await bridge.send(stage.service, "sendMessage", outPacket());
    const dispatched = outPacket({ version: 1n, sequence: 1n });
    expect(await bridge.read("outgoingPackets", 1n)).toBe(outPacketHash(dispatched));
    expect(await bridge.read("outgoingPackets", 2n)).toBe(`0x${"0".repeat(64)}`);
  });

  test("refuses everyone but a registered token service", async () => {
    expect(await bridge.refusal(stage.stranger, "sendMessage", outPacket())).toBe("TokenServiceUnknown");
    expect(await bridge.refusal(stage.owner, "sendMessage", outPacket())).toBe("TokenServiceUnknown");
    expect(await bridge.refusal(stage.service, "sendMessage", outPacket())).toBe("accepted");

    await bridge.send(stage.owner, "removeTokenService", await stage.service.getAddress());
    expect(await bridge.refusal(stage.service, "sendMessage", outPacket())).toBe("TokenServiceUnknown");
  });

  test("refuses a packet for another chain than its own destination", async () => {
    const elsewhere = outPacket({ destTokenService: { chainId: 3n, addr: "dest service" } });
    expect(await bridge.refusal(stage.service, "sendMessage", elsewhere)).toBe("DestinationChainUnknown");
  });

  test("sends nothing while it is paused", async () => {
    await bridge.send(stage.owner, "pause");
    expect(await bridge.refusal(stage.service, "sendMessage", outPacket())).toBe("IsPaused");
    await bridge.send(stage.owner, "unpause");
    expect(await bridge.refusal(stage.service, "sendMessage", outPacket())).toBe("accepted");
  });

  test("obeys nobody but its owner", async () => {
    const someone = await stage.stranger.getAddress();
    for (const [method, ...parameters] of [
      ["pause"],
      ["unpause"],
      ["addTokenService", someone],
      ["removeTokenService", someone],
    ] as const) {
      expect(await bridge.refusal(stage.stranger, method, ...parameters), method).toBe("NotOwner");
    }
  });

  test("knows each token service once", async () => {
    const service = await stage.service.getAddress();
    expect(await bridge.read("isRegisteredTokenService", service)).toBe(true);
    expect(await bridge.refusal(stage.owner, "addTokenService", service)).toBe("TokenServiceAlreadyKnown");
    const stranger = await stage.stranger.getAddress();
    expect(await bridge.refusal(stage.owner, "removeTokenService", stranger)).toBe("TokenServiceUnknown");
  });
});
