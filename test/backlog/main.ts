import { endUnrun } from "../bench/options.ts";
import { type Measured, measureStore } from "../chain/store/million.ts";
import { type BacklogReport, runBacklog } from "./backlog.ts";
import { backlogOptions } from "./options.ts";

const options = backlogOptions(process.argv.slice(2));
if ("exitCode" in options) endUnrun(options);
const { packets, stored, json, profile } = options;
const tell = (text: string) => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`));
const backlog = await runBacklog({ packets, heapMb: 256, deadlineSeconds: 3_600, profileFolder: profile, tell });
tell("");
const store = stored > 0 ? measureStore(stored) : undefined;
process.stdout.write(json ? `${JSON.stringify({ backlog, store })}\n` : describe(backlog, store));
process.exit(0);

function describe(report: BacklogReport, of: Measured | undefined): string {
  const { seconds, work } = report;
  const row = (kind: string, spent: number, note: string) =>
    `  ${kind.padEnd(10)}${spent.toFixed(1).padStart(8)} s${((spent / report.delivered) * 1_000).toFixed(2).padStart(9)} ms  ${note}`;
  const lines = [
    `${report.packets} packets in ${seconds.toFixed(1)} s, end to end: ${report.packetsPerSecond.toFixed(1)} packets/s`,
    `memory     ${report.peakMemoryMb} MB at most`,
    ...Object.entries(report.cpuSeconds).map(
      ([name, cpu], index) =>
        `${index === 0 ? "CPU" : ""}`.padEnd(11) +
        `${cpu.toFixed(1)} s ${name}, ${((cpu / report.delivered) * 1_000).toFixed(2)} ms a packet`,
    ),
    "where the time goes:    in all   a packet",
    row("RPC", work.rpc, "waited for, several at once"),
    row("store", work.store, `${((work.store / seconds) * 100).toFixed(0)} % of the service's time`),
    row("signer", work.signer, "waited for, several at once"),
    row("delivery", work.delivery, "waited for, several at once"),
  ];
  if (of) {
    lines.push(
      `a store of ${of.packets} packets, ${of.megabytes} MB:`,
      `  start ${of.startMs.toFixed(0)} ms, next due ${of.dueMs.toFixed(2)} ms, every query of a round ${of.roundMs.toFixed(2)} ms (median)`,
    );
  }
  return `${lines.join("\n")}\n`;
}
