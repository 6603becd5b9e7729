import { cpus, loadavg } from "node:os";
import { table } from "../../../cli/terminal/table.ts";

/** One measurement. */
export interface Row {
  /** `raw`, `keeper`, `daemon`, `device`. */
  readonly part: string;
  readonly what: string;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly slowMs?: number;
  /** Microseconds of CPU for one signature, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Answers that were no attestation, by code. */
  readonly others?: Readonly<Record<string, number>>;
}

export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly met: boolean;
}

export interface Report {
  readonly machine: { readonly model: string; readonly cores: number; readonly node: string; readonly load: number };
  readonly rows: readonly Row[];
  /** Where the daemon's main thread is busy: part → microseconds for one attestation. */
  readonly parts: Readonly<Record<string, number>>;
  readonly targets: readonly Target[];
}

export function thisMachine(): Report["machine"] {
  const [first] = cpus();
  return { model: first?.model ?? "unknown", cores: cpus().length, node: process.version, load: loadavg()[0] ?? 0 };
}

/** The report as people read it. */
export function formatReport({ machine, rows, parts, targets }: Report): string {
  const { model, cores, node, load } = machine;
  const measured = rows.map(({ part, what, perSecond, medianMs, slowMs, cpu, others }) => [
    part,
    what,
    fixed(perSecond, perSecond < 100 ? 1 : 0),
    fixed(medianMs, 2),
    slowMs === undefined ? "" : fixed(slowMs, 1),
    Object.entries(cpu)
      .map(([name, micros]) => `${name} ${fixed(micros, 0)}`)
      .join(", "),
    Object.entries(others ?? {})
      .map(([code, count]) => `${count} ${code}`)
      .join(", "),
  ]);
  return [
    `${model}, ${cores} cores, Node.js ${node}, load ${fixed(load, 1)} before the run`,
    "",
    table([["part", "what", "per second", "median ms", "99 % ms", "CPU µs each", "other answers"], ...measured]),
    "",
    "The daemon's main thread, µs for one attestation (single requests, 16 at a time):",
    table(Object.entries(parts).map(([part, micros]) => [`  ${part}`, fixed(micros, 0)])),
    "",
    "Targets:",
    table(targets.map(({ what, wanted, found, met }) => [`  ${met ? "met" : "MISSED"}`, what, wanted, found])),
    "",
  ].join("\n");
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}
