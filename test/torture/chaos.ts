import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { ChainPlan, NetworkPlan } from "../../cli/up/plan.ts";
import type { TorturedHousehold } from "./household.ts";
import type { Link } from "./link.ts";
import type { Random } from "./random.ts";

/** What was done to the network, by kind of program. */
export type Tally = Record<string, number>;

/** Longest time that a program stays down or frozen, in milliseconds. */
const longestOutage = 1_500;
const longestBetween = 1_200;

/**
 * Kills (-9), restarts and freezes one program after another at random instants until told to stop; outages overlap. At
 * the end everything runs again.
 */
export async function wreak(
  plan: NetworkPlan,
  household: TorturedHousehold,
  random: Random,
  stop: AbortSignal,
): Promise<{ kills: Tally; freezes: Tally }> {
  const kills: Tally = {};
  const freezes: Tally = {};
  const outages: Promise<void>[] = [];
  const out = new Set<string>();
  while (!stop.aborted) {
    await pause(random.between(50, longestBetween));
    const victim = random.one(household.names);
    const outage = random.between(0, longestOutage);
    const frozen = random.between(0, 4) === 0;
    if (out.has(victim)) continue;
    out.add(victim);
    const suffer = frozen ? freeze(household, victim, outage) : killFor(plan, household, victim, outage);
    const counts = frozen ? freezes : kills;
    counts[kindOf(victim)] = (counts[kindOf(victim)] ?? 0) + 1;
    outages.push(suffer.finally(() => out.delete(victim)));
  }
  await Promise.all(outages);
  return { kills, freezes };
}

/** Most bytes that still pass through a link before it is cut: a handshake, a request and its answer. */
const mostBytes = 12_000;

/**
 * Cuts one link after another at random instants until told to stop; every fourth stays down for a while. At the end all
 * of them lead through again.
 *
 * @returns connections that were cut.
 */
export async function cutLinks(links: readonly Link[], random: Random, stop: AbortSignal): Promise<Tally> {
  const outages: Promise<void>[] = [];
  while (!stop.aborted) {
    await pause(random.between(20, longestBetween / 2));
    const link = random.one(links);
    const [bytes, outage] = [random.between(0, 1) * random.between(1, mostBytes), random.between(0, longestOutage)];
    const stays = random.between(0, 3) === 0;
    if (link.down) continue;
    link.cutAfter(bytes);
    if (stays) outages.push(leaveDown(link, outage));
  }
  await Promise.all(outages);
  const cuts: Tally = {};
  for (const link of links) {
    const kind = link.name.replace(/^.* to (\w+).*$/, "to $1");
    cuts[kind] = (cuts[kind] ?? 0) + link.cuts;
  }
  return cuts;
}

async function leaveDown(link: Link, outage: number): Promise<void> {
  link.down = true;
  await pause(outage);
  link.down = false;
}

async function freeze(household: TorturedHousehold, name: string, outage: number): Promise<void> {
  household.freeze(name, true);
  await pause(outage);
  household.freeze(name, false);
}

async function killFor(plan: NetworkPlan, household: TorturedHousehold, name: string, outage: number): Promise<void> {
  const chain = plan.chains.find((candidate) => name === `chain ${candidate.name}`);
  if (chain) await saveChain(chain);
  await household.kill(name);
  await pause(outage);
  household.revive(name);
}

/**
 * Anvil keeps its blocks in memory. A real node has its final blocks on disk, so they are written down before the kill,
 * with no block made in between; what waits in its pool is lost, as it would be.
 */
async function saveChain(chain: ChainPlan): Promise<void> {
  await rpc(chain, "evm_setIntervalMining", [0]);
  const dump = await rpc(chain, "anvil_dumpState", [true]);
  if (typeof dump !== "string") throw new Error(`chain ${chain.name} did not dump its state`);
  writeFileSync(chain.stateFile, gunzipSync(Buffer.from(dump.slice(2), "hex")));
}

async function rpc({ port }: ChainPlan, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const headers = { "content-type": "application/json" };
  for (let tries = 0; ; tries += 1) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body });
      return ((await response.json()) as { result?: unknown }).result;
    } catch (error) {
      if (tries > 100) throw error;
      await pause(100); // it was killed or frozen a moment ago and comes back
    }
  }
}

/** "attestor-2 signer" is a signer. */
export function kindOf(name: string): string {
  return /^chain /.test(name) ? "anvil" : (name.split(" ").at(-1) ?? name);
}
