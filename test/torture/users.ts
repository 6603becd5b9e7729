import { setTimeout as pause } from "node:timers/promises";
import { Contract, type JsonRpcProvider, NonceManager, type Signer } from "ethers";
import { z } from "zod";
import { accountAddress, roles } from "../../cli/up/localChains.ts";
import type { LocalNetwork } from "../../cli/up/localNetwork.ts";
import type { NetworkPlan } from "../../cli/up/plan.ts";
import { sendTransfer } from "../../contracts/index.ts";
import { bridgeAbi } from "../../shared/evm/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import type { Random } from "./random.ts";

/** One direction of the bridge, as its users see it. */
export interface Direction {
  readonly source: 0 | 1;
  readonly target: 0 | 1;
  /** Path of its packets at the collector, without the sequence. */
  readonly path: string;
  /** How many packets the contract has dispatched. */
  count(): Promise<bigint>;
  isConsumed(sequence: bigint): Promise<boolean>;
}

export function directionsOf(plan: NetworkPlan, local: LocalNetwork): readonly [Direction, Direction] {
  const contract = (index: 0 | 1) =>
    new Contract(local.network.sides[index].bridge, bridgeAbi, local.connections[index].provider);
  const direction = (source: 0 | 1, target: 0 | 1): Direction => ({
    source,
    target,
    path: `${plan.chains[source].chainId}/${plan.chains[target].chainId}`,
    count: async () => BigInt(await contract(source).getFunction("sequence")()),
    isConsumed: async (sequence) => BigInt(await contract(target).getFunction("consumedPackets")(sequence)) !== 0n,
  });
  return [direction(0, 1), direction(1, 0)];
}

/** The account itself, not the nonce manager around it: a chain that was killed forgets what its pool held. */
export function wallet(local: LocalNetwork, chain: 0 | 1, role: keyof typeof roles): Signer {
  return local.connections[chain].account(roles[role]).signer;
}

/** Sends packets from one account until told to stop. What breaks off is left: the contract's counter is the truth. */
export async function send(
  local: LocalNetwork,
  from: { readonly chain: 0 | 1; readonly role: "user" | "screenedUser" },
  random: Random,
  stop: AbortSignal,
  onFault: () => void,
): Promise<void> {
  const sender = wallet(local, from.chain, from.role);
  while (!stop.aborted) {
    await pause(random.between(100, 2_000));
    const fresh = new NonceManager(sender); // its nonces start from what the chain says now
    const transfer = {
      sender: fresh,
      amount: BigInt(random.between(1, 1_000_000)),
      receiver: accountAddress(roles.user),
    };
    await inTime(sendTransfer(local.artifacts, local.network.sides[from.chain], transfer)).catch(onFault);
  }
}

const packetAnswer = z.object({ call: z.object({ to: z.string(), data: z.string() }).nullable() });

/** Most packets that are executed in one go, so that executing keeps up with what is sent however slow the blocks are. */
const mostAtOnce = 20;

/** Fetches every packet of a direction on the other side as soon as it has its signatures, until told to stop. */
export async function fetchPackets(
  plan: NetworkPlan,
  local: LocalNetwork,
  direction: Direction,
  stop: AbortSignal,
  onFault: () => void,
): Promise<void> {
  const relayer = wallet(local, direction.target, "relayer");
  let first = 1n;
  while (!stop.aborted) {
    await pause(200);
    try {
      const count = await inTime(direction.count());
      while (first <= count && (await inTime(direction.isConsumed(first)))) first += 1n;
      const fresh = new NonceManager(relayer);
      const sent: Promise<unknown>[] = [];
      for (let sequence = first; sequence <= count && sent.length < mostAtOnce && !stop.aborted; sequence += 1n) {
        if (await inTime(direction.isConsumed(sequence))) continue;
        const answer = await askCollector(plan, `${direction.path}/${sequence}`);
        const call = answer === undefined ? undefined : packetAnswer.parse(answer).call;
        if (call) sent.push(execute(fresh, call).catch(onFault)); // caught at once: what follows may throw
      }
      await Promise.all(sent);
    } catch {
      onFault();
    }
  }
}

async function execute(relayer: Signer, { to, data }: { readonly to: string; readonly data: string }): Promise<void> {
  const sent = await inTime(relayer.sendTransaction({ to, data, gasLimit: 1_000_000n }));
  await inTime(sent.wait(1, 8_000));
}

/**
 * What the collector tells about a packet.
 *
 * @returns undefined if it knows none.
 * @throws if it does not say: a refusal is no answer.
 */
export async function askCollector(plan: NetworkPlan, id: string): Promise<unknown> {
  const url = `http://127.0.0.1:${plan.collector.publicPort}/v1/packets/${id}?deployment=${plan.deployment}`;
  const answer = await fetch(url);
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`the collector answers ${answer.status} about ${id}`);
  return parseJson(text);
}

/** A call to a program that is killed may never come back. */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  const enough = new AbortController();
  const late = pause(10_000, undefined, { signal: enough.signal }).then(() => {
    throw new Error("time-out");
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    enough.abort();
    late.catch(() => {});
    work.catch(() => {});
  }
}

export function closeProviders(local: LocalNetwork): void {
  for (const { provider } of local.connections) (provider as JsonRpcProvider).destroy();
}
