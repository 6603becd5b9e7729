import { describe, expect, test } from "vitest";
import { lies, onlyTo, slowHeads } from "../support/lyingProvider.ts";
import { makeFinal } from "./support/bridge.ts";
import { ourPath, providersOfEachTest } from "./support/providers.ts";
import type { Lie } from "./support/rpcProxy.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const providers = providersOfEachTest(scene, 3);
let amount = 1_000n;

/** Sends a packet whose content no other has, makes it final and returns it. */
async function send() {
  amount += 1n;
  const sent = { ...(await scene.bridge.transfer({ amount })), amount };
  await makeFinal(scene.bridge.source);
  return sent;
}

function tell(...told: readonly (Lie | undefined)[]): void {
  for (const [index, lie] of told.entries()) {
    const provider = providers[index];
    if (provider) provider.lie = lie;
  }
}

/** Everything that the signer was asked is what was sent. */
function expectNothingFalse(sent: readonly { sequence: bigint; amount: bigint; blockNumber: number }[]): void {
  for (const { packet, sources } of scene.world.signer.requests) {
    const truth = sent.find(({ sequence }) => sequence === packet.sequence);
    expect(packet.message.amount).toBe(truth?.amount);
    expect(packet.height).toBe(BigInt(truth?.blockNumber ?? -1));
    expect(sources).toBe("2-of-3");
  }
}

describe("with two honest providers of three", () => {
  test("one that never answers, from the start on, keeps no packet back", async () => {
    const { world } = scene;
    tell(lies["never answers"]);
    const sent = [await send()];
    await world.start();
    sent.push(await send());
    for (const { sequence } of sent) await world.reaches(sequence, "delivered");
    expectNothingFalse(sent);
    expect(world.signer.requests).toHaveLength(sent.length);
  });

  test("whoever it is, and though it lies to us alone", async () => {
    const { world } = scene;
    await world.start();
    const lie = onlyTo(ourPath, lies["drops all logs"] as Lie);
    const sent = [];
    for (const told of [[lie], [undefined, lie], [undefined, undefined, lie]]) {
      tell(undefined, undefined, undefined);
      tell(...told);
      const packet = await send();
      sent.push(packet);
      await world.reaches(packet.sequence, "delivered");
    }
    expectNothingFalse(sent);
    const seenByOthers = await fetch(`${providers[2]?.url}/monitor`, {
      method: "POST",
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getLogs", params: [{ fromBlock: "0x0" }] }),
      headers: { "content-type": "application/json" },
    });
    expect(((await seenByOthers.json()) as { result: unknown[] }).result.length).toBeGreaterThan(0);
  });

  test("one that is put aside is not asked at all", async () => {
    const { world } = scene;
    world.settings.chains[0].providers[1].aside = true;
    await world.start();
    const { sequence } = await send();
    await world.reaches(sequence, "delivered");
    expect(providers[1]?.requests).toEqual([]);
    const { body } = await world.control("GET", "/v1/status");
    expect(body).toMatchObject({
      chains: [
        {
          healthy: true,
          singleSource: false,
          sources: "2-of-3",
          providers: [
            { label: "p0", healthy: true },
            { label: "p1", healthy: false, aside: true, reasons: ["put aside by the configuration"] },
            { label: "p2", healthy: true },
          ],
        },
        { singleSource: true, sources: "single" },
      ],
    });
  });

  test("a provider that lags is waited for and not believed", async () => {
    const { world, bridge } = scene;
    await world.start();
    const old = await bridge.source.provider.send("eth_getBlockByNumber", ["finalized", false]);
    const height = Number(old.number);
    tell(async ({ method, params }, honest) => {
      if (method === "eth_getBlockByNumber" && /latest|finalized/.test(String(params[0]))) return { result: old };
      const asked = JSON.stringify(params).match(/0x[0-9a-f]{1,8}"/g) ?? [];
      const beyond = asked.some((text) => Number(text.slice(0, -1)) > height);
      return beyond && method !== "eth_chainId"
        ? { result: method === "eth_getLogs" ? [] : null }
        : { result: await honest() };
    });
    const { sequence } = await send();
    await world.reaches(sequence, "delivered");
    const { body } = await world.control("GET", "/v1/status");
    expect(body).toMatchObject({
      chains: [{ providers: [{ latest: { height: { source: `${height}` } } }, {}, {}] }, {}],
    });
    expect(await world.metrics()).toMatch(/attestor_chain_provider_behind_blocks\{chain="alpha",provider="p0"\} [1-9]/);
    expect(await world.metrics()).not.toMatch(/attestor_chain_disputes_total\{/);
  });

  test("a slow one is waited for though a third stands still", async () => {
    const { world } = scene;
    world.settings.chains[0].timeout = "5s";
    tell(lies["stands still"], slowHeads(700));
    await world.start();
    await world.becomesReady();
    const { sequence } = await send();
    await world.reaches(sequence, "delivered");
  });

  test("ranges are split for the one that caps them, and for nobody else", async () => {
    const { world } = scene;
    tell(lies["allows single blocks only"]);
    await scene.bridge.source.provider.send("anvil_mine", ["0x20"]);
    tell(lies["allows single blocks only"], undefined, lies["never answers"]);
    const { sequence } = await send();
    await world.start();
    await world.reaches(sequence, "delivered");
    const ranges = (index: number) =>
      (providers[index]?.requests ?? [])
        .filter(({ method }) => method === "eth_getLogs")
        .map(({ params }) => params[0] as { fromBlock: string; toBlock: string })
        .map(({ fromBlock, toBlock }) => Number(toBlock) - Number(fromBlock) + 1);
    expect(Math.max(...ranges(1))).toBeGreaterThan(30);
    expect(ranges(0).filter((length) => length === 1).length).toBeGreaterThan(30);
  });
});

describe("below the quorum nothing is signed at all", () => {
  test.each([
    ["two that never answer", "never answers", "never answers"],
    ["two that are broken, each in its way", "has had enough", "answers HTML"],
    ["two that lie, each in its way", "drops all logs", "changes a field of every event"],
    ["two that tell other heads", "gives every block another hash", "gives every block an early time"],
    ["one that lies and one that is gone", "answers every call otherwise", "is broken"],
  ])("%s", async (_what, one, other) => {
    const { world } = scene;
    await world.start();
    await world.becomesReady();
    tell(lies[one], lies[other]);
    const { sequence } = await send();
    await world.complains(/alpha.*: .*of 3 providers .*2 are needed|alpha.*no quorum/);
    expect(await world.metrics()).toMatch(
      /attestor_chain_quorum_failures_total\{chain="alpha"\} [1-9]|attestor_chain_chain_up\{chain="alpha"\} 0/,
    );
    const asked = providers[2]?.requests.length ?? 0;
    await until("the honest provider to be asked again", () => (providers[2]?.requests.length ?? 0) > asked);
    expect(world.signer.requests).toEqual([]);

    tell(undefined, undefined);
    await world.reaches(sequence, "delivered");
    expect(world.signer.requests).toHaveLength(1);
  });

  test("also when it is lost only where the packet is read again before it is signed", async () => {
    const { world } = scene;
    tell(lies["knows no receipts"], lies["says that every transaction failed"]);
    await world.start();
    const { sequence } = await send();
    await until("the first try", async () => (await world.packet(sequence))?.reason?.code === "rpc_no_quorum");
    expect(world.signer.requests).toEqual([]);
    tell(undefined, undefined);
    await world.reaches(sequence, "delivered");
  });
});
