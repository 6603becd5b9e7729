import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import type { Finding } from "./finding.ts";

const colours = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Prints a line for each finding. */
export function printFindings(findings: readonly Finding[]): void {
  const rows = findings.map(({ result, what, detail }) => [styled(colours[result], result), what, detail]);
  process.stdout.write(`${table(rows)}\n`);
}
