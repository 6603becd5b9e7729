import { Wallet } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { startTestBridge, type TestBridge } from "./bridge.ts";
import { type ChainWorld, createChainWorld } from "./chainWorld.ts";
import { attestorKey } from "./peers.ts";
import { secretPath } from "./rpcProxy.ts";

/** One bridge for a test file and a chain-service of its own for each test, which must never have shown its endpoints. */
export function useWorld(): { readonly bridge: TestBridge; readonly world: ChainWorld } {
  let bridge: TestBridge | undefined;
  let world: ChainWorld | undefined;
  beforeAll(async () => {
    bridge = await startTestBridge([new Wallet(attestorKey).address]);
  });
  afterAll(() => bridge?.close());
  beforeEach(async () => {
    world = bridge && (await createChainWorld(bridge));
  });
  afterEach(async () => {
    await world?.stop();
    const written = world?.everythingWritten();
    await world?.close();
    expect(written).not.toContain(secretPath);
  });
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the world exists only while a test runs");
    return value;
  };
  return {
    get bridge() {
      return present(bridge);
    },
    get world() {
      return present(world);
    },
  };
}
