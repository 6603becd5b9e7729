import { setTimeout as pause } from "node:timers/promises";
import { startNetwork } from "../../cli/up/localNetwork.ts";
import { planNetwork } from "../../cli/up/plan.ts";
import { cutLinks, type Tally, wreak } from "./chaos.ts";
import { createTorturedHousehold } from "./household.ts";
import { createLookout, violations } from "./judge.ts";
import { createRandom } from "./random.ts";
import { closeProviders, directionsOf, fetchPackets, send } from "./users.ts";
import { wire } from "./wiring.ts";

export interface TortureReport {
  readonly seed: number;
  readonly seconds: number;
  readonly packets: number;
  readonly kills: Tally;
  readonly freezes: Tally;
  /** Connections of chain-services that were cut, by what they led to. */
  readonly cuts: Tally;
  /** Calls of users that broke off because what they called was down. */
  readonly faults: number;
  /** From the last kill until everything was attested and executed, in seconds. */
  readonly settledAfter: number;
  readonly violations: readonly string[];
}

/**
 * Runs the local network under traffic while its programs are killed, restarted and frozen and its connections cut at
 * random, then lets it settle and looks at what became of every packet.
 *
 * @param settleSeconds longest time to settle; what is open then is a violation.
 */
export async function torture(options: {
  readonly folder: string;
  readonly portBase: number;
  readonly seconds: number;
  readonly seed: number;
  readonly settleSeconds: number;
}): Promise<TortureReport> {
  const { seed, seconds } = options;
  const plan = planNetwork(options.folder, options.portBase);
  const wiring = await wire(plan);
  const household = createTorturedHousehold(wiring.lead);
  const calm = new AbortController();
  const done = new AbortController();
  let faults = 0;
  const onFault = () => {
    faults += 1;
  };
  try {
    const local = await startNetwork(plan, household);
    const directions = directionsOf(plan, local);
    const fetchers = directions.map((direction) => fetchPackets(plan, local, direction, done.signal, onFault));
    const accounts = ([0, 1] as const).flatMap((chain) =>
      (["user", "screenedUser"] as const).map((role) => ({ chain, role })),
    );
    const senders = accounts.map((account, index) =>
      send(local, account, createRandom(seed + 1 + index), calm.signal, onFault),
    );
    setTimeout(() => calm.abort(), seconds * 1_000);
    const [{ kills, freezes }, cuts] = await Promise.all([
      wreak(plan, household, createRandom(seed), calm.signal),
      cutLinks(wiring.links, createRandom(seed + 1_000), calm.signal),
    ]);
    await Promise.all(senders);
    const from = performance.now();
    const open = await settle(createLookout(plan, directions), options.settleSeconds * 1_000);
    const settledAfter = Math.round((performance.now() - from) / 1_000);
    const wrong = await violations(plan, directions);
    const counts = await Promise.all(directions.map((direction) => direction.count()));
    done.abort();
    await Promise.all(fetchers);
    closeProviders(local);
    const packets = Number(counts.reduce((sum, count) => sum + count, 0n));
    return {
      seed,
      seconds,
      packets,
      kills,
      freezes,
      cuts,
      faults,
      settledAfter,
      violations: [...open, ...wrong, ...household.crashes],
    };
  } finally {
    calm.abort();
    done.abort();
    await household.stop();
    await wiring.close();
  }
}

/** Asks until nothing is open or the time is over. @returns what is open then. */
async function settle(ask: () => Promise<string[]>, deadline: number): Promise<string[]> {
  const end = performance.now() + deadline;
  for (;;) {
    const open = await ask().catch((error: unknown) => [`could not look (${error})`]);
    if (open.length === 0 || performance.now() > end) return open;
    await pause(500);
  }
}

/** The report as people read it. */
export function describeReport(report: TortureReport): string {
  const tally = (counts: Tally) => {
    const parts = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
    return parts.length > 0 ? parts.join(", ") : "none";
  };
  return [
    `seed        ${report.seed}`,
    `time        ${report.seconds} s of faults, settled ${report.settledAfter} s later`,
    `packets     ${report.packets}`,
    `kills       ${tally(report.kills)}`,
    `freezes     ${tally(report.freezes)}`,
    `cuts        ${tally(report.cuts)}`,
    `faults      ${report.faults} calls of users broke off`,
    `violations  ${report.violations.length}`,
    ...report.violations.map((violation) => `  ${violation}`),
    "",
  ].join("\n");
}
