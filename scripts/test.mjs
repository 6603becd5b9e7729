// Runs every check of the project and prints the number of tests last. With arguments, such as `npm test -- test/shared`,
// only vitest runs and is given them. With `--long` first, the long tests run instead, and nothing else.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Interrupted } from "./setup/interrupt.mjs";
import { countTests } from "./testCount.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let stoppedBy;
for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(name, () => {
    stoppedBy = name;
    // Ctrl-C has reached the children already, as members of the terminal's process group.
    if (name !== "SIGINT") for (const child of running) child.kill(name);
  });
}

/** @typedef {{ name: string, passed: boolean, seconds: number }} Outcome */

/**
 * @param {string} name
 * @param {readonly string[]} command a command of node_modules/.bin, or `node` and a script
 * @param {{ live?: boolean }} [options] `live` shows all output as it comes; else it appears only if the check fails
 * @returns {Promise<Outcome>}
 */
function check(name, [program = "", ...args], { live = false } = {}) {
  const startedAt = Date.now();
  const path = program === "node" ? process.execPath : join(root, "node_modules", ".bin", program);
  const child = spawn(path, args, { cwd: root, stdio: live ? "inherit" : ["ignore", "pipe", "pipe"] });
  running.add(child);
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      running.delete(child);
      if (stoppedBy) return reject(new Interrupted(stoppedBy));
      if (code !== 0 && !live) process.stdout.write(`── ${name}\n${Buffer.concat(output)}\n`);
      resolve({ name, passed: code === 0, seconds: (Date.now() - startedAt) / 1000 });
    });
  });
}

/** Tests of minutes are told one by one as they end; those of `npm test` a file at a time. */
const suites = {
  short: { config: "vitest.config.ts", reporter: "default" },
  long: { config: "vitest.long.config.ts", reporter: "verbose" },
};

/**
 * @param {keyof typeof suites} suite
 * @param {readonly string[]} args
 * @returns {Promise<Outcome & { count: { passed: number, failed: number } }>}
 */
async function runTests(suite, args) {
  const folder = mkdtempSync(join(tmpdir(), "attestor-test-"));
  const report = join(folder, "report.json");
  try {
    const { config, reporter } = suites[suite];
    const options = ["--config", config, `--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${report}`];
    const outcome = await check("tests", ["vitest", "run", ...options, ...args], { live: true });
    const count = countTests(readReport(report), outcome.passed);
    return { ...outcome, passed: count.failed === 0 && count.passed > 0, count };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined; // vitest ended before it wrote one
  }
}

/** @returns {Promise<Outcome[]>} */
async function runStaticChecks() {
  const [types, style] = await Promise.all([
    check("types", ["tsc", "-p", "tsconfig.json", "--noEmit"]),
    check("style", ["biome", "check"]),
  ]);
  const scriptTypes = await check("scripts", ["tsc", "-p", "scripts/tsconfig.json", "--noEmit"]);
  return [types, scriptTypes, style, await check("imports", ["node", "scripts/imports.mjs"])];
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const suite = args[0] === "--long" ? "long" : "short";
  const filters = suite === "long" ? args.slice(1) : args;
  const staticOutcomes = args.length === 0 ? await runStaticChecks() : [];
  const tests = await runTests(suite, filters);
  const outcomes = [...staticOutcomes, tests];
  console.log("");
  for (const { name, passed, seconds } of outcomes) {
    console.log(`${passed ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.toFixed(1)} s`);
  }
  console.log(`${tests.count.passed} passed, ${tests.count.failed} failed`);
  return outcomes.every((outcome) => outcome.passed) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  process.exitCode = error.exitCode;
}
