import { beforeEach, describe, expect, test } from "vitest";
import { readDisputes } from "../../chain/evidence/index.ts";
import { rejection } from "../shared/refusal.ts";
import { lies } from "../support/lyingProvider.ts";
import { makeFinal } from "./support/bridge.ts";
import { hurriedClock } from "./support/hurriedClock.ts";
import { providersOfEachTest } from "./support/providers.ts";
import type { Lie } from "./support/rpcProxy.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

/** Providers that lead to another chain while the service runs, and say nothing else that is false. */
const scene = useWorld();
const clock = hurriedClock();
const providers = providersOfEachTest(scene, 3);
beforeEach(async () => {
  await scene.world.start(clock);
  await scene.world.becomesReady();
});

const servesOne = lies["serves another chain"] as Lie;
const servesTwo: Lie = async ({ method }) => (method === "eth_chainId" ? { result: "0x2" } : undefined);

function tell(...told: readonly (Lie | undefined)[]): void {
  for (const [index, provider] of providers.entries()) provider.lie = told[index];
}

async function send(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  return sequence;
}

const asked = (index: number, method: string) =>
  providers[index]?.requests.filter((request) => request.method === method).length ?? 0;
const evidence = () =>
  readDisputes(scene.world.stateFolder)
    .map((line) => JSON.parse(line))
    .filter(({ question }) => question === "eth_chainId");

describe("the chain id", () => {
  test("is not asked with every look at the head, and again after a minute", async () => {
    const before = asked(0, "eth_chainId");
    const looks = asked(0, "eth_getBlockByNumber");
    await until("more looks", () => asked(0, "eth_getBlockByNumber") > looks + 10);
    expect(asked(0, "eth_chainId")).toBe(before);
    clock.hurry();
    await until("the question", () => asked(0, "eth_chainId") > before);
  });

  test("that one of three has changed is kept as evidence, is counted once, and keeps no packet back", async () => {
    const { world } = scene;
    tell(servesOne);
    clock.hurry();
    const [dispute] = await until("the evidence", () => evidence().length > 0 && evidence());
    expect(dispute).toMatchObject({ chain: "alpha", height: null });
    expect(dispute.answers).toHaveLength(2);
    expect(dispute.answers).toContainEqual(
      expect.objectContaining({ providers: expect.arrayContaining(["p1", "p2"]), agreed: true }),
    );
    expect(dispute.answers).toContainEqual(expect.objectContaining({ providers: ["p0"], agreed: false }));
    await until("p0 to be left alone", async () =>
      JSON.stringify((await world.control("GET", "/v1/status")).body).includes("it serves chain 1 instead of 31101"),
    );
    const logs = asked(0, "eth_getLogs");
    await world.reaches(await send(), "delivered");
    expect(asked(0, "eth_getLogs")).toBe(logs);
    expect(await world.metrics()).toMatch(/attestor_chain_disputes_total\{chain="alpha",provider="p0"\} 1\n/);

    tell(undefined);
    await until("p0 to be asked again", () => asked(0, "eth_getLogs") > logs);
  });

  test("that two of three have changed lets nothing be signed until they are back", async () => {
    const { world } = scene;
    tell(servesOne, servesTwo);
    clock.hurry();
    await world.complains(/alpha.*2 are needed.*it serves chain|alpha.*on eth_chainId, 2 are needed/);
    const sequence = await send();
    const rounds = asked(2, "eth_chainId");
    await until("more rounds", () => asked(2, "eth_chainId") > rounds + 4);
    expect(world.signer.requests).toEqual([]);
    expect(evidence().length).toBeGreaterThan(0);
    tell(undefined, undefined);
    await world.reaches(sequence, "delivered");
    expect(world.signer.requests).toHaveLength(1);
  });

  test("that a quorum has changed to the same one ends the service, as at its start", async () => {
    const { world } = scene;
    const service = await world.start(clock);
    tell(servesOne, servesOne);
    clock.hurry();
    const error = await rejection("rpc_wrong_chain", service.ended);
    expect(error.data).toMatchObject({ chain: "alpha", found: "1" });
    expect(world.signer.requests).toEqual([]);
  });
});
