import { Wallet } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeFinal, startTestBridge, type TestBridge } from "./support/bridge.ts";
import { type ChainWorld, createChainWorld } from "./support/chainWorld.ts";
import { attestorKey } from "./support/peers.ts";

let bridge: TestBridge;
let world: ChainWorld;
beforeAll(async () => {
  bridge = await startTestBridge([new Wallet(attestorKey).address]);
});
afterAll(() => bridge.close());
beforeEach(async () => {
  world = await createChainWorld(bridge);
});
afterEach(() => world.close());

describe("a packet's way", () => {
  test("from dispatched to executed, signed as white", async () => {
    await world.start();
    const { sequence } = await bridge.transfer();
    expect((await world.reaches(sequence, "observed")).verdict).toBeNull();
    await makeFinal(bridge.source);
    const delivered = await world.reaches(sequence, "delivered");
    expect(delivered.verdict).toMatchObject({ result: "white", version: "2026-01" });
  });
});
