import { expect, test } from "vitest";
import { harmless, lies } from "../../support/lyingProvider.ts";
import { makeFinal } from "./bridge.ts";
import { hurriedClock } from "./hurriedClock.ts";
import { providersOfEachTest } from "./providers.ts";
import type { Lie } from "./rpcProxy.ts";
import { until } from "./until.ts";
import { useWorld } from "./useWorld.ts";

const scene = useWorld();
const providers = providersOfEachTest(scene, 4);
let amount = 5_000n;

/** The first so many providers tell a lie, the others the truth. */
function tell(lie: Lie | undefined, liars: number): void {
  for (const [index, provider] of providers.entries()) provider.lie = index < liars ? lie : undefined;
}

async function send() {
  amount += 1n;
  const sent = { ...(await scene.bridge.transfer({ amount })), amount };
  await makeFinal(scene.bridge.source);
  return sent;
}

/** Told where nobody asks with every look: it takes effect within a minute. */
const askedByTheMinute = new Set(["serves another chain"]);

/** How often an honest provider was asked what belongs to a round: for the head, or, after a failure, for the chain's id. */
const rounds = () =>
  (providers[3]?.requests ?? []).filter(
    ({ method, params }) =>
      method === "eth_chainId" || (method === "eth_getBlockByNumber" && params[0] === "finalized"),
  ).length;

/** Rounds within which an honest packet is with the signer: seen and made final and due in one, read again in the next. */
const enoughRounds = 4;

async function roundsPass(clock: { hurry(): void }): Promise<void> {
  for (let passed = 0; passed < enoughRounds; passed += 1) {
    clock.hurry();
    const before = rounds();
    await until("another round", () => rounds() > before);
  }
}

/**
 * Of four providers three have to agree: one liar changes nothing, and two who tell the same lie are no quorum.
 *
 * @param names of the lies that are told, one after the other.
 * @param which what the test's name says of them.
 */
export function testLies(names: readonly string[], which: string): void {
  test(
    `each lie of one provider of four misses nothing, and each that two of them tell reaches no signer (${which})`,
    () => tellThem(names),
    300_000,
  );
}

async function tellThem(names: readonly string[]): Promise<void> {
  const { world } = scene;
  const clock = hurriedClock();
  await world.start(clock);
  const sent: Awaited<ReturnType<typeof send>>[] = [];
  const arrives = async (packet: (typeof sent)[number], how: string) => {
    sent.push(packet);
    await until(`packet ${packet.sequence} ${how}`, async () => {
      clock.hurry();
      return (await world.packet(packet.sequence))?.state === "delivered";
    });
  };
  for (const name of names) {
    const lie = lies[name];
    tell(lie, 1);
    await arrives(await send(), `though one ${name}`);

    const asked = world.signer.requests.length;
    tell(lie, 2);
    if (askedByTheMinute.has(name)) await roundsPass(clock);
    const packet = await send();
    if (harmless.has(name)) {
      await arrives(packet, `though two ${name}`);
      continue;
    }
    await roundsPass(clock);
    expect(world.signer.requests.length, `two ${name}`).toBe(asked);
    tell(undefined, 0);
    await arrives(packet, `once nobody ${name}`);
  }
  expect(world.signer.requests).toHaveLength(sent.length);
  for (const { packet, sources } of world.signer.requests) {
    const truth = sent.find(({ sequence }) => sequence === packet.sequence);
    expect(packet.message.amount).toBe(truth?.amount);
    expect(packet.height).toBe(BigInt(truth?.blockNumber ?? -1));
    expect(sources).toBe("3-of-4");
  }
}
