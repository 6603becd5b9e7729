import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

const main = path.join(import.meta.dirname, "../torture/main.ts");

/** The short form of `node scripts/torture.mjs`, which runs as long as one likes. */
it("attests every packet exactly once and executes it, whatever is killed when", { timeout: 170_000 }, async () => {
  const seed = `${Date.now() % 1_000_000}`;
  const child = spawn(process.execPath, [main, "--minutes", "0.15", "--seed", seed]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  process.stdout.write(stdout);
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toContain(`seed        ${seed}`);
  expect(stdout).toContain("violations  0\n");
  expect(stdout).toMatch(/kills {7}\d+ /);
  expect(Number(/packets {5}(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(2);
});
