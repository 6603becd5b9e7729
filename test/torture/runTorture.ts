import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";

const program = path.join(import.meta.dirname, "../../scripts/torture.mjs");

/** Runs `npm run torture` with a seed of its own, shows what it says, and wants no violation. */
export async function runTorture(minutes: number): Promise<{ readonly packets: number; readonly report: string }> {
  const seed = `${Date.now() % 1_000_000}`;
  const child = spawn(process.execPath, [program, "--minutes", `${minutes}`, "--seed", seed]);
  const [report, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  process.stdout.write(report);
  expect(code, report + stderr).toBe(0);
  expect(report).toContain(`seed        ${seed}`);
  expect(report).toContain("violations  0\n");
  expect(report).toMatch(/kills {7}\d+ /);
  expect(report, "of no kind was any connection cut").toMatch(/cuts {8}.*\b[1-9]\d* to /);
  return { packets: Number(/packets {5}(\d+)/.exec(report)?.[1]), report };
}
