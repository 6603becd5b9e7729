import type { Report, Row } from "./report.ts";

/** The report as docs/performance.md shows it. */
export function markdownReport({ machine, rows, parts, targets }: Report): string {
  const { model, cores, node, load } = machine;
  const measured = rows.map((row) => [row.part, row.what, perSecond(row), row.medianMs.toFixed(2), cpuOf(row)]);
  const whole = Object.values(parts).reduce((sum, micros) => sum + micros, 0);
  const shares = Object.entries(parts).map(([part, micros]) => [
    part,
    micros.toFixed(0),
    `${((100 * micros) / whole).toFixed(0)} %`,
  ]);
  const aims = targets.map(({ what, wanted, found, met }) => [what, wanted, found, met ? "met" : "missed"]);
  return [
    `Machine: ${model}, ${cores} cores, Node.js ${node}, a load of ${load.toFixed(1)} before the run.`,
    table(["part", "what", "per second", "median ms", "CPU µs each"], measured),
    table(["part of the daemon's main thread", "µs each", "share"], shares),
    table(["target", "wanted", "found", ""], aims),
    "",
  ].join("\n\n");
}

function perSecond({ perSecond: rate }: Row): string {
  return rate < 100 ? rate.toFixed(1) : rate.toLocaleString("en", { maximumFractionDigits: 0 });
}

function cpuOf({ cpu }: Row): string {
  return Object.entries(cpu)
    .map(([name, micros]) => `${micros.toLocaleString("en", { maximumFractionDigits: 0 })} ${name}`)
    .join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
