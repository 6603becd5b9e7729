import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { computeAddress } from "ethers";
import type { SignerWorld } from "../../support/signerWorld.ts";
import type { LoadPlan, LoadResult } from "./load.ts";
import { childrenOf, cpuOf } from "./processCpu.ts";
import { monotonicMicros, type Stretch } from "./profile.ts";

const repository = path.resolve(import.meta.dirname, "../../..");

/** CPU microseconds by process. */
export interface CpuByProcess {
  readonly daemon: number;
  readonly keeper: number;
  readonly load: number;
}

export interface Measured extends LoadResult {
  readonly perSecond: number;
  /** For one attestation. */
  readonly cpu: CpuByProcess;
  /** When it was measured. */
  readonly stretch: Stretch;
}

export type BenchLoad = Pick<LoadPlan, "concurrency" | "batch" | "destinations" | "warmUp" | "seconds">;

export type BenchClient = "chain-a" | "chain-b";

export interface BenchDaemon {
  readonly pid: number;
  /** Puts load on it, as client chain-a if it is to be nobody else. */
  load(plan: BenchLoad, client?: BenchClient): Promise<Measured>;
  stop(): Promise<void>;
}

/** More than any load uses: loads can run side by side. */
const sequencesOfOneLoad = 10_000_000;

/** Milliseconds. */
const longestStart = 60_000;

/** Starts the signing daemon as its own process, as in production. */
export async function startDaemon(
  world: SignerWorld,
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): Promise<BenchDaemon> {
  const words = [...nodeOptions, path.join(repository, "cli/main.ts"), "signer", "--config", world.configFile];
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const port = Promise.withResolvers<number>();
  void ended.then(() => port.reject(new Error("the signer ended before it was ready")));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.includes('"msg":"listening"')) port.resolve((JSON.parse(line) as { port: number }).port);
    else if (/"level":"error"/.test(line)) process.stderr.write(`${line}\n`);
  });
  const late = setTimeout(() => child.kill("SIGKILL"), longestStart); // which the exit above tells
  const listening = await port.promise;
  clearTimeout(late);
  await world.showNothing([], listening);
  const pid = child.pid ?? 0;
  const identities = {
    "chain-a": await world.pki.clientIdentity("chain-a"),
    "chain-b": await world.pki.clientIdentity("chain-b"),
  };
  const { pin } = world.pki.serverIdentity;
  const signers = world.settings.keys.map(({ publicKey }: { publicKey: string }) => computeAddress(publicKey));
  let from = 0;
  return {
    pid,
    async load(plan, client = "chain-a") {
      const keepers = childrenOf(pid);
      const used = (load: number) => ({
        daemon: cpuOf(pid),
        keeper: keepers.reduce((sum, keeper) => sum + cpuOf(keeper), 0),
        load: cpuOf(load),
      });
      const identity = identities[client];
      const whole = { ...plan, port: listening, identity, pin, signers, from };
      from += sequencesOfOneLoad;
      const { result, cpu, stretch } = await runLoad(whole, used);
      const each = (micros: number) => micros / Math.max(1, result.approved);
      return {
        ...result,
        stretch,
        perSecond: result.approved / result.seconds,
        cpu: { daemon: each(cpu.daemon), keeper: each(cpu.keeper), load: each(cpu.load) },
      };
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Runs the load generator, and reads the processes' CPU when it begins to measure and when it has ended. */
async function runLoad(
  plan: LoadPlan,
  used: (load: number) => CpuByProcess,
): Promise<{ result: LoadResult; cpu: CpuByProcess; stretch: Stretch }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "load.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const pid = child.pid ?? 0;
  child.stdin.end(JSON.stringify(plan));
  const marks: { at: number; cpu: CpuByProcess }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "begin" || line === "end") {
      marks.push({ at: monotonicMicros(), cpu: used(pid) });
      continue;
    }
    const [begin, end] = marks;
    if (!begin || !end) break;
    const cpu = {
      daemon: end.cpu.daemon - begin.cpu.daemon,
      keeper: end.cpu.keeper - begin.cpu.keeper,
      load: end.cpu.load - begin.cpu.load,
    };
    return { result: JSON.parse(line) as LoadResult, cpu, stretch: { from: begin.at, to: end.at } };
  }
  throw new Error("the load generator ended without a result");
}
