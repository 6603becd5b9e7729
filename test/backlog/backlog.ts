import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Wallet } from "ethers";
import { startTestBridge } from "../chain/support/bridge.ts";
import { createChainWorld } from "../chain/support/chainWorld.ts";
import { attestorKey, freePort } from "../chain/support/peers.ts";
import { dispatchMany } from "./dispatchMany.ts";

export interface BacklogReport {
  /** How many waited, and how many of them were delivered. */
  readonly packets: number;
  readonly delivered: number;
  /** From the start of the service to the last of these deliveries, in seconds. */
  readonly seconds: number;
  readonly packetsPerSecond: number;
  /** CPU time of each process while these packets were worked off, in seconds; the doubles share the measuring process. */
  readonly cpuSeconds: Readonly<Record<"chain-service" | "source node" | "destination node" | "doubles", number>>;
  /** Most memory that its process had, in megabytes. */
  readonly peakMemoryMb: number;
  /** Memory that it had after each tenth of the packets, in megabytes. */
  readonly memoryMb: readonly number[];
  /**
   * Seconds by kind of work. `store` is the service's own thread at the database, so it is part of `seconds`; of the
   * others several are waited for at once.
   */
  readonly work: Readonly<Record<"rpc" | "store" | "signer" | "delivery", number>>;
  /** Signing requests about one packet with different contents, and packets asked for more than once. */
  readonly contradictions: number;
  readonly repeated: number;
}

/**
 * Lets packets pile up on a real chain while no chain-service runs, then starts one as a process of its own and waits until
 * every packet is attested and delivered. The signer and the collector are doubles that speak the real protocol.
 *
 * @param heapMb the service's JavaScript heap is limited to this, so that memory that grows with the backlog ends it.
 * @param deadlineSeconds longest time for all of it.
 * @param profileFolder where the service's CPU profile is written; default: nowhere.
 */
export async function runBacklog(options: {
  readonly packets: number;
  readonly heapMb: number;
  readonly deadlineSeconds: number;
  readonly profileFolder?: string | undefined;
  readonly tell?: (text: string) => void;
}): Promise<BacklogReport> {
  const { packets, heapMb, deadlineSeconds, profileFolder, tell = () => {} } = options;
  const bridge = await startTestBridge([new Wallet(attestorKey).address], ["--disable-block-gas-limit"]);
  const world = await createChainWorld(bridge);
  try {
    tell(`dispatching ${packets} packets`);
    await dispatchMany(bridge, packets);
    const opsPort = await freePort();
    world.settings.ops = { host: "127.0.0.1", port: opsPort };
    world.settings.logLevel = "warn";
    world.settings.chains[0].maximumRange = 20;
    // Straight to the nodes: what stands between them in other tests would be what is measured.
    world.settings.chains[0].providers = [{ label: "alpha-node", url: bridge.source.url }];
    world.settings.chains[1].providers = [{ label: "beta-node", url: bridge.destination.url }];
    tell("starting the chain-service");
    const from = performance.now();
    const profiling = profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
    const service = world.spawn([`--max-old-space-size=${heapMb}`, ...profiling]);
    const processes = {
      "chain-service": service.pid ?? 0,
      "source node": bridge.source.pid,
      "destination node": bridge.destination.pid,
      doubles: process.pid,
    };
    const before = { ...cpuOf(processes), "chain-service": 0 };
    const memoryMb: number[] = [];
    const { metrics, delivered } = await untilDelivered();
    const seconds = (performance.now() - from) / 1_000;
    const after = cpuOf(processes);
    const peakMemoryMb = memoryOf(processes["chain-service"], "VmHWM");
    if (profileFolder !== undefined) await end(service);
    return {
      packets,
      delivered,
      seconds,
      packetsPerSecond: delivered / seconds,
      cpuSeconds: mapValues(after, (seconds, name) => seconds - before[name]),
      peakMemoryMb,
      memoryMb,
      work: {
        rpc: sumOf(metrics, "attestor_chain_rpc_request_seconds_sum"),
        store: sumOf(metrics, 'attestor_chain_work_seconds_total{kind="store"}'),
        signer: sumOf(metrics, 'attestor_chain_work_seconds_total{kind="signer"}'),
        delivery: sumOf(metrics, 'attestor_chain_work_seconds_total{kind="delivery"}'),
      },
      ...askedOf(world.signer.requests),
    };

    async function untilDelivered(): Promise<{ metrics: string; delivered: number }> {
      for (;;) {
        await pause(1_000);
        if (service.exitCode !== null || service.signalCode !== null) {
          throw new Error(`the chain-service ended: ${world.log.slice(-5).join("")}`);
        }
        const answer = await fetch(`http://127.0.0.1:${opsPort}/metrics`).catch(() => undefined);
        const text = answer?.ok ? await answer.text() : "";
        const delivered = sumOf(text, 'attestor_chain_packets{route="alpha-to-beta",state="delivered"}');
        tell(`${delivered} delivered after ${Math.round((performance.now() - from) / 1_000)} s`);
        for (const pid = processes["chain-service"]; memoryMb.length < tenthsOf(delivered, packets); ) {
          memoryMb.push(memoryOf(pid, "VmRSS"));
        }
        if (delivered >= packets) return { metrics: text, delivered };
        if (performance.now() - from > deadlineSeconds * 1_000) {
          throw new Error(`only ${delivered} are delivered: ${world.log.slice(-3).join("")}
${text}`);
        }
      }
    }
  } finally {
    await world.close();
    await bridge.close();
  }
}

function askedOf(requests: readonly { packet: { sequence: bigint }; verdict: object }[]) {
  const asked = new Map<bigint, string>();
  let contradictions = 0;
  for (const { packet, verdict } of requests) {
    const content = JSON.stringify([packet, verdict], (_, value) => (typeof value === "bigint" ? `${value}` : value));
    if ((asked.get(packet.sequence) ?? content) !== content) contradictions += 1;
    asked.set(packet.sequence, content);
  }
  return { contradictions, repeated: requests.length - asked.size };
}

/** Sum of a metric's samples whose name and labels begin so. */
function sumOf(metrics: string, sample: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(sample));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Ends the service so that it writes its profile. */
async function end(service: ChildProcess): Promise<void> {
  const gone = once(service, "exit");
  service.kill("SIGTERM");
  await gone;
}

function mapValues<K extends string, V, W>(
  record: Readonly<Record<K, V>>,
  change: (value: V, key: K) => W,
): Record<K, W> {
  const entries = Object.entries(record) as [K, V][];
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value, key)])) as Record<K, W>;
}

function cpuOf<K extends string>(processes: Readonly<Record<K, number>>): Record<K, number> {
  return mapValues(processes, (pid) => cpuSecondsOf(pid));
}

function tenthsOf(part: number, whole: number): number {
  return Math.min(10, Math.floor((10 * part) / whole));
}

/** In megabytes: what a process has now (VmRSS), or the most that it had (VmHWM). */
function memoryOf(pid: number, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  return Math.round(Number(kilobytes) / 1_000);
}

/** Clock ticks are hundredths of a second on every Linux that Node runs on. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
