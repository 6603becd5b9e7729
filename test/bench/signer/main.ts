/**
 * Measures how fast the signer is, and where its time goes, against what the device behind it can do; all of it in one run
 * on this machine, because figures of two runs do not compare.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { endUnrun } from "../options.ts";
import { createBenchWorld } from "./benchWorld.ts";
import { compileDevice, compileRawSign, type SimulatedDevice } from "./compile.ts";
import { type BenchDaemon, type Measured, startDaemon } from "./daemon.ts";
import { keeperAlone } from "./keeperAlone.ts";
import { markdownReport } from "./markdown.ts";
import { type BenchPart, benchOptions } from "./options.ts";
import { sharesIn } from "./profile.ts";
import { rawSign } from "./rawSign.ts";
import { formatReport, type Row, type Target, thisMachine } from "./report.ts";
import { flatnessOf, soak } from "./soak.ts";

const options = benchOptions(process.argv.slice(2));
if ("exitCode" in options) endUnrun(options);
const { seconds, warmUp, form, only, soak: soakOf } = options;

/** Attestations before a line of a warm daemon, for the load generator's own code and its connections. */
const generatorsWarmUp = 500;

/**
 * More than the cores: while some calls are in the module others are already on their way to it, and answers that come close
 * together go out in one system call.
 */
const sessions = 8;

/** Collecting garbage, checkpoints of the database: what comes only now and then is not in a line of a few seconds. */
const lastingSeconds = 60;

/** Before a line of a serial device, where a signature takes so long that no code's speed counts. */
const slowWarmUp = 8;

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

/** The part is measured, alone or with all others. */
const isMeasured = (part: BenchPart) => only === undefined || only === part;

try {
  const rawOne = await raw(1);
  await raw(2);
  await raw(4);
  if (isMeasured("keeper")) await keeperLines();
  const parts = isMeasured("daemon") ? await daemonLines(rawOne) : {};
  if (isMeasured("devices")) await simulatedDevices();
  const report = { machine, rows, parts, targets };
  const text = form === "markdown" ? markdownReport(report) : `\n${formatReport(report)}`;
  process.stdout.write(form === "json" ? `${JSON.stringify(report)}\n` : text);
} finally {
  hsm.remove();
  rmSync(folder, { recursive: true, force: true });
}

async function keeperLines(): Promise<void> {
  const alone = await keeperAlone(hsm, { sessions, seconds, warmUp, concurrencies: [1, 4, 8, 64] });
  for (const [concurrency, { perSecond, medianMs, cpu }] of alone) {
    record({ part: "keeper", what: `${concurrency} at a time`, perSecond, medianMs, cpu: { ...cpu } });
  }
}

/** @returns where the daemon's main thread is busy. */
async function daemonLines(rawOne: Row): Promise<Record<string, number>> {
  const measured = { destinations: [2], warmUp: generatorsWarmUp, seconds } as const;
  const { single, sixteen, batched, rawBefore, rawAfter } = await withDaemon({ sessions }, async (daemon) => {
    await warm(daemon, warmUp);
    const singles: (Measured & { row: Row })[] = [];
    for (const concurrency of [1, 4, 16, 64]) {
      const found = await daemon.load({ ...measured, concurrency, batch: 1 });
      singles.push({ ...found, row: recordLoad("daemon", `single requests, ${concurrency} at a time`, found) });
    }
    // the machine's speed changes within minutes: batches are held against what is measured just before and just after them
    const rawBefore = await raw(2, undefined, "raw, before batches");
    const batches: Row[] = [];
    for (const [batch, concurrency] of [
      [16, 4],
      [64, 4],
      [64, 16],
    ] as const) {
      const found = await daemon.load({ ...measured, concurrency, batch });
      batches.push(recordLoad("daemon", `batches of ${batch}, ${concurrency} at a time`, found));
    }
    const rawAfter = await raw(2, undefined, "raw, after them");
    const lasting = { ...measured, concurrency: 4, batch: 64, seconds: Math.max(seconds, lastingSeconds) };
    recordLoad("daemon", `batches of 64, 4 at a time, for ${lasting.seconds} s`, await daemon.load(lasting));
    if (soakOf !== undefined) await soakLines(daemon, soakOf);
    const [best] = batches.toSorted((a, b) => b.perSecond - a.perSecond);
    return { single: singles[0]?.row, sixteen: singles[2], batched: best, rawBefore, rawAfter };
  });
  // the better of the two, because whatever else ran beside one of them would otherwise count for the daemon
  const nearby = rawBefore.perSecond > rawAfter.perSecond ? rawBefore : rawAfter;
  const ratio = (batched?.perSecond ?? 0) / nearby.perSecond;
  const byCpu = cpuOfRow(nearby) / (batched ? cpuOfRow(batched) : Number.POSITIVE_INFINITY);
  const found = `${ratio.toFixed(2)}; by CPU ${byCpu.toFixed(2)}`;
  aim("batches against raw, 2 threads", ">= 0.60", found, ratio >= 0.6);
  const longest = 2 * rawOne.medianMs + 1;
  const median = single?.medianMs ?? Number.NaN;
  aim("one request alone, median", `<= ${longest.toFixed(2)} ms`, `${median.toFixed(2)} ms`, median <= longest);
  return profiled(sixteen);
}

/** Has a daemon and its keeper run for a while, half of it in batches, so that their code is compiled. */
async function warm(daemon: BenchDaemon, signatures: number): Promise<void> {
  const half = { destinations: [2], warmUp: signatures / 2, seconds: 0 } as const;
  await daemon.load({ ...half, concurrency: 16, batch: 1 });
  await daemon.load({ ...half, concurrency: 4, batch: 64 });
}

async function soakLines(daemon: BenchDaemon, wanted: number): Promise<void> {
  const memory = await soak(daemon, wanted, (text) => process.stderr.write(`${text}\n`));
  for (const [name, looks] of Object.entries(memory)) {
    const { slope, isFlat } = flatnessOf(looks);
    const found = `${looks.at(-1)?.mib.toFixed(0)} MiB, ${slope.toFixed(1)} MiB for 100,000`;
    aim(
      `memory of the ${name} over ${looks.at(-1)?.signatures} signatures`,
      "grows by less than a tenth",
      found,
      isFlat,
    );
  }
}

/** The daemon once more under the profiler; its shares divide the CPU that was measured without it. */
async function profiled(measured: Measured | undefined): Promise<Record<string, number>> {
  const profiles = path.join(folder, "profiles");
  const nodeOptions = ["--cpu-prof", `--cpu-prof-dir=${profiles}`, "--cpu-prof-interval=500"];
  const { stretch } = await withDaemon({ sessions, nodeOptions }, (daemon) =>
    daemon.load({ concurrency: 16, batch: 1, destinations: [2], warmUp: Math.max(warmUp, 1), seconds }),
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
    await daemon.load({ concurrency: 64, batch: 1, destinations: [1], warmUp, seconds: 0 });
    for (const [batch, concurrency] of [
      [1, 64],
      [32, 4],
      [64, 4],
      [64, 16],
    ] as const) {
      const measured = await daemon.load({ concurrency, batch, destinations: [1], warmUp: generatorsWarmUp, seconds });
      const what =
        batch === 1 ? `single requests, ${concurrency} at a time` : `batches of ${batch}, ${concurrency} at a time`;
      best = Math.max(best, recordLoad("5 ms, 16 at a time", what, measured).perSecond);
    }
  });
  const ratio = best / limit.perSecond;
  aim("parallel device (5 ms, 16 sessions)", ">= 0.900 of it", ratio.toFixed(3), ratio >= 0.9);

  const serial = [device("serial-one", 75, 1), device("serial-two", 75, 1)];
  const rates: number[] = [];
  await withDaemon({ sessions: 1, devices: serial }, async (daemon) => {
    for (const destinations of [[1], [1, 2]] as const) {
      const plan = { concurrency: 8, batch: 1, destinations, warmUp: slowWarmUp, seconds: Math.max(seconds, 4) };
      const measured = await daemon.load(plan);
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
    const each = { batch: 1, destinations: [1], warmUp: slowWarmUp, seconds: 12 } as const;
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
