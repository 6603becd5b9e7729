import { Wallet } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lies } from "../support/lyingProvider.ts";
import { chosenSeed, randomOf } from "../support/random.ts";
import { makeFinal, startTestBridge, type TestBridge } from "./support/bridge.ts";
import { attestorKey } from "./support/peers.ts";
import { useProviders } from "./support/providers.ts";
import type { Lie, RpcProxy } from "./support/rpcProxy.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
let providers: readonly RpcProxy[] = [];
/** A second node of the same chain id with the same contracts at the same addresses, and packets that nobody sent. */
let fork: TestBridge;

const falseAmount = 666n;
beforeAll(async () => {
  // Another first block: two chains that begin in the same second would share theirs.
  const genesis = `${Math.floor(Date.now() / 1_000) - 60}`;
  fork = await startTestBridge([new Wallet(attestorKey).address], ["--timestamp", genesis]);
  for (let sent = 0; sent < 5; sent += 1) await fork.transfer({ amount: falseAmount });
  await fork.source.provider.send("anvil_mine", ["0x100"]);
});
afterAll(() => fork.close());

async function useMany(count: number): Promise<void> {
  providers = await useProviders(scene.world, scene.bridge.source, count);
}
afterEach(async () => {
  await scene.world.stop();
  await Promise.all(providers.map((provider) => provider.down()));
});

function lead(index: number, to: TestBridge): void {
  const provider = providers[index];
  if (provider) provider.node = to.source.url;
}

const questions = () => providers.reduce((sum, { requests }) => sum + requests.length, 0);

/** What the chain says was sent under each number; a reorganisation may change its mind. */
const truth = new Map<bigint, bigint>();
let amount = 10_000n;
async function send() {
  amount += 1n;
  const { sequence } = await scene.bridge.transfer({ amount });
  truth.set(sequence, amount);
  return sequence;
}

function expectNothingFalse(): void {
  for (const { packet } of scene.world.signer.requests) {
    expect(packet.message.amount, `packet ${packet.sequence}`).toBe(truth.get(packet.sequence));
  }
}

describe("a whole alternative fork", () => {
  beforeEach(() => useMany(3));

  test("that one provider serves, from its first word on, is not believed", async () => {
    const { world, bridge } = scene;
    lead(1, fork);
    await world.start();
    const sequence = await send();
    await makeFinal(bridge.source);
    await world.reaches(sequence, "delivered");
    expectNothingFalse();
  });

  test("that a quorum serves at the start is not the anchored chain", async () => {
    const { world } = scene;
    lead(0, fork);
    lead(1, fork);
    await world.start();
    await world.complains(/^chain alpha: its anchor, block 0, has hash/);
    const asked = providers[0]?.requests.length ?? 0;
    await until("another round", () => (providers[0]?.requests.length ?? 0) > asked + 4);
    expect(world.signer.requests).toEqual([]);
  });

  test("that a quorum turns to later does not descend from what was seen: the chain stops", async () => {
    const { world, bridge } = scene;
    await world.start();
    const sequence = await send();
    await makeFinal(bridge.source);
    await world.reaches(sequence, "delivered");
    lead(0, fork);
    lead(2, fork);
    await world.complains(/^chain alpha: change below finality/);
    expectNothingFalse();
    expect(world.signer.requests).toHaveLength(1);

    lead(0, bridge);
    lead(2, bridge);
    expect(await world.control("POST", "/v1/chains/alpha/resume")).toMatchObject({ status: 200 });
    const next = await send();
    await makeFinal(bridge.source);
    await world.reaches(next, "delivered");
    expectNothingFalse();
  });
});

describe("two liars of five, who change their lies and at times agree on one, while blocks above finality change", () => {
  beforeEach(() => useMany(5));
  const seed = chosenSeed();
  /** A transfer is a block or a few, which a reorganisation may take back; more than these it does not. */
  const depth = 8;

  test(`get nothing false signed, and nothing is missed (SEED=${seed})`, { timeout: 300_000 }, async () => {
    const random = randomOf(seed);
    const { world, bridge } = scene;
    const first = random.below(5);
    const liars = [first, (first + 1 + random.below(4)) % 5];
    const all: readonly (Lie | undefined)[] = [...Object.values(lies), undefined];
    const sent: bigint[] = [];
    world.settings.chains[0].depth = depth;
    const mine = () => bridge.source.provider.send("anvil_mine", [`0x${(depth + 1).toString(16)}`]);
    await mine();
    await world.start();
    for (let step = 0; step < 25; step += 1) {
      const common = random.pick(all);
      const collude = random.next() < 0.5;
      for (const index of liars) {
        const provider = providers[index];
        if (provider) provider.lie = collude ? common : random.pick(all);
        lead(index, random.next() < 0.2 ? fork : bridge);
      }
      if (random.next() < 0.3) {
        const before = await bridge.source.provider.send("evm_snapshot", []);
        await send();
        await bridge.source.provider.send("evm_revert", [before]);
        bridge.source.account(2).reset();
      }
      sent.push(await send());
      if (random.next() < 0.5) await mine();
      const asked = questions();
      await until("another question", () => questions() > asked);
    }
    await mine();
    for (const sequence of sent) await world.reaches(sequence, "delivered");
    expectNothingFalse();
    expect(world.signer.requests.map(({ packet }) => packet.sequence).sort()).toEqual([...sent].sort());
  });
});
