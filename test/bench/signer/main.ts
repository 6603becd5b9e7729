/**
 * Measures how fast the signer is, and where its time goes, against what the device behind it can do; all of it in one run
 * on this machine, because figures of two runs do not compare.
 *
 *   npm run bench:signer -- [--seconds N] [--json | --markdown] [--soak N]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { createBenchWorld } from "./benchWorld.ts";
import { compileDevice, compileRawSign, type SimulatedDevice } from "./compile.ts";
import { type BenchDaemon, type Measured, startDaemon } from "./daemon.ts";
import { keeperAlone } from "./keeperAlone.ts";
import { markdownReport } from "./markdown.ts";
import { childrenOf, memoryOf } from "./processCpu.ts";
import { sharesIn } from "./profile.ts";
import { rawSign } from "./rawSign.ts";
import { formatReport, type Row, type Target, thisMachine } from "./report.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    json: { type: "boolean" },
    markdown: { type: "boolean" },
    soak: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const soak = values.soak === undefined ? undefined : Number(values.soak);
if (!(seconds > 0) || !(soak === undefined || soak > 0)) throw new Error("--seconds and --soak take a number above 0");

/** Milliseconds after which a chain-service gives up by default, and then its wait was for nothing. */
const clientDeadline = 10_000;

const machine = thisMachine();
const folder = mkdtempSync(path.join(tmpdir(), "bench-signer-"));
const hsm = await createSoftHsm({
  keys: ["to-one", "to-two", "audit"].map((label, index) => ({ label, id: `000${index + 1}` })),
});
const rows: Row[] = [];
const targets: Target[] = [];

function record(row: Row): Row {
  rows.push(row);
  const { part, what, perSecond, medianMs } = row;
  process.stderr.write(`${part} ${what}: ${perSecond.toFixed(0)}/s, median ${medianMs.toFixed(2)} ms\n`);
  return row;
}

function recordLoad(part: string, what: string, { perSecond, medianMs, slowMs, cpu, others }: Measured): Row {
  return record({ part, what, perSecond, medianMs, slowMs, cpu: { ...cpu }, others });
}

function aim(what: string, wanted: string, found: string, met: boolean): void {
  targets.push({ what, wanted, found, met });
}

/** CPU microseconds of all processes for one signature: what other work on the machine changes least. */
function cpuOfRow({ cpu }: Row): number {
  return Object.values(cpu).reduce((sum, micros) => sum + micros, 0);
}

async function withDaemon<T>(
  options: { sessions: number; devices?: readonly SimulatedDevice[]; nodeOptions?: readonly string[]; hsm?: SoftHsm },
  use: (daemon: BenchDaemon) => Promise<T>,
): Promise<T> {
  const world = await createBenchWorld({ hsm, ...options });
  try {
    const daemon = await startDaemon(world, hsm.env, options.nodeOptions);
    try {
      return await use(daemon);
    } finally {
      await daemon.stop();
    }
  } finally {
    await world.close();
  }
}

const program = compileRawSign(folder);
const raw = async (threads: number, module?: string, part = "raw") => {
  const options = module === undefined ? { threads, seconds } : { threads, seconds, module };
  const { perSecond, medianMs, cpuMicros } = await rawSign(program, hsm, options);
  const what = `C_Sign, ${threads} thread${threads === 1 ? "" : "s"}`;
  return record({ part, what, perSecond, medianMs, cpu: { program: cpuMicros } });
};

try {
  const rawOne = await raw(1);
  const rawTwo = await raw(2);
  await raw(4);

  const alone = await keeperAlone(hsm, { sessions: 4, seconds, concurrencies: [1, 4, 8] });
  for (const [concurrency, { perSecond, medianMs, cpu }] of alone) {
    record({ part: "keeper", what: `${concurrency} at a time`, perSecond, medianMs, cpu: { ...cpu } });
  }

  const destinations = [2] as const;
  let single: Row | undefined;
  let sixteen: Measured | undefined;
  let batched: Row | undefined;
  await withDaemon({ sessions: 4 }, async (daemon) => {
    for (const concurrency of [1, 4, 16, 64]) {
      const measured = await daemon.load({ concurrency, batch: 1, destinations, seconds });
      const row = recordLoad("daemon", `single requests, ${concurrency} at a time`, measured);
      if (concurrency === 1) single = row;
      if (concurrency === 16) sixteen = measured;
    }
    for (const [batch, concurrency] of [
      [16, 4],
      [64, 4],
    ] as const) {
      const measured = await daemon.load({ concurrency, batch, destinations, seconds });
      if (measured.approved === 0) continue; // the row would say nothing; the target below says so
      const row = recordLoad("daemon", `batches of ${batch}, ${concurrency} at a time`, measured);
      if (!batched || row.perSecond > batched.perSecond) batched = row;
    }
    if (soak !== undefined) await soakTest(daemon, soak);
  });
  const rawAgain = await raw(2, undefined, "raw, again");

  const limit = (rawTwo.perSecond + rawAgain.perSecond) / 2;
  const best = batched ?? rows.filter(({ part }) => part === "daemon").sort((a, b) => b.perSecond - a.perSecond)[0];
  const ratio = (best?.perSecond ?? 0) / limit;
  const byCpu = cpuOfRow(rawTwo) / (best ? cpuOfRow(best) : Number.POSITIVE_INFINITY);
  aim(
    batched ? "batches against raw, 2 threads" : "single requests (no batches were answered) against raw, 2 threads",
    ">= 0.60",
    `${ratio.toFixed(2)}; by CPU ${byCpu.toFixed(2)}`,
    batched !== undefined && ratio >= 0.6,
  );
  const longest = 2 * rawOne.medianMs + 1;
  const median = single?.medianMs ?? Number.NaN;
  aim("one request alone, median", `<= ${longest.toFixed(2)} ms`, `${median.toFixed(2)} ms`, median <= longest);

  const parts = await profiled(sixteen);
  await simulatedDevices();
  const report = { machine, rows, parts, targets };
  const text = values.markdown ? markdownReport(report) : `\n${formatReport(report)}`;
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : text);
} finally {
  hsm.remove();
  rmSync(folder, { recursive: true, force: true });
}

/** The daemon once more under the profiler; its shares divide the CPU that was measured without it. */
async function profiled(measured: Measured | undefined): Promise<Record<string, number>> {
  const profiles = path.join(folder, "profiles");
  const nodeOptions = ["--cpu-prof", `--cpu-prof-dir=${profiles}`, "--cpu-prof-interval=500"];
  const { stretch } = await withDaemon({ sessions: 4, nodeOptions }, (daemon) =>
    daemon.load({ concurrency: 16, batch: 1, destinations: [2], seconds }),
  );
  const whole = measured?.cpu.daemon ?? 0;
  return Object.fromEntries(sharesIn(profiles, stretch).map(([part, share]) => [part, share * whole]));
}

async function simulatedDevices(): Promise<void> {
  const device = (name: string, delayMs: number, parallel: number) =>
    compileDevice(folder, name, { realModule: hsm.module, delayMs, parallel });
  const parallel = device("parallel", 5, 16);
  const limit = await raw(16, parallel.module, "5 ms, 16 at a time");
  let best = 0;
  await withDaemon({ sessions: 16, devices: [parallel] }, async (daemon) => {
    for (const [batch, concurrency] of [
      [1, 64],
      [32, 4],
    ] as const) {
      const measured = await daemon.load({ concurrency, batch, destinations: [1], seconds });
      if (measured.approved === 0) continue;
      const what =
        batch === 1 ? `single requests, ${concurrency} at a time` : `batches of ${batch}, ${concurrency} at a time`;
      best = Math.max(best, recordLoad("5 ms, 16 at a time", what, measured).perSecond);
    }
  });
  const ratio = best / limit.perSecond;
  aim("parallel device (5 ms, 16 sessions)", ">= 0.90 of it", ratio.toFixed(2), ratio >= 0.9);

  const serial = [device("serial-one", 75, 1), device("serial-two", 75, 1)];
  const rates: number[] = [];
  await withDaemon({ sessions: 1, devices: serial }, async (daemon) => {
    for (const destinations of [[1], [1, 2]] as const) {
      const measured = await daemon.load({ concurrency: 8, batch: 1, destinations, seconds: Math.max(seconds, 4) });
      const what = `${destinations.length} device${destinations.length === 1 ? "" : "s"}, 8 requests at a time`;
      rates.push(recordLoad("75 ms, one at a time", what, measured).perSecond);
    }
  });
  const [one = 0, two = 0] = rates;
  aim("two serial devices against one", ">= 1.8 times", (two / one).toFixed(2), two / one >= 1.8);
  await crowdedDevice(device("serial-crowded", 75, 1));
}

/** A serial device with more to sign than it can: a client beside a greedy one, and what becomes of those that are too many. */
async function crowdedDevice(serial: SimulatedDevice): Promise<void> {
  const part = "75 ms, one at a time";
  await withDaemon({ sessions: 1, devices: [serial] }, async (daemon) => {
    const each = { batch: 1, destinations: [1], seconds: 12 } as const;
    const [greedy, modest] = await Promise.all([
      daemon.load({ ...each, concurrency: 40 }, "chain-a"),
      daemon.load({ ...each, concurrency: 4 }, "chain-b"),
    ]);
    recordLoad(part, "a client with 40 requests at a time", greedy);
    recordLoad(part, "beside it, a client with 4", modest);
    const share = modest.perSecond / (greedy.perSecond + modest.perSecond);
    aim("a client with 4 requests beside one with 40", ">= 0.40 of the device", share.toFixed(2), share >= 0.4);
    const crowd = await daemon.load({ ...each, concurrency: 240 });
    recordLoad(part, "240 requests at a time", crowd);
    const { overloaded = 0 } = crowd.others;
    const found = `${(crowd.longestMs / 1_000).toFixed(1)} s; ${overloaded} answered 503`;
    const met = crowd.longestMs < clientDeadline && overloaded > 0;
    aim("longest answer of an overloaded serial device", `< ${clientDeadline / 1_000} s`, found, met);
  });
}

/** Many signatures: memory must stay where it was after the first tenth. */
async function soakTest(daemon: BenchDaemon, wanted: number): Promise<void> {
  let made = 0;
  const memory: number[] = [];
  while (made < wanted) {
    const { approved } = await daemon.load({ concurrency: 16, batch: 1, destinations: [2], seconds: 20 });
    if (approved === 0) throw new Error("nothing was attested");
    made += approved;
    memory.push(childrenOf(daemon.pid).reduce((sum, pid) => sum + memoryOf(pid), memoryOf(daemon.pid)));
    process.stderr.write(`soak ${made}: ${memory.at(-1)?.toFixed(0)} MiB\n`);
  }
  const [early = 0, late = 0] = [memory[Math.floor(memory.length / 10)], memory.at(-1)];
  const found = `${early.toFixed(0)} MiB, then ${late.toFixed(0)} MiB`;
  aim(`memory over ${made} signatures`, "within a tenth", found, late <= early * 1.1);
}
