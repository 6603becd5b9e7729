// Runs every check of the project and prints the number of tests last. With arguments, such as `npm test -- test/shared`,
// only vitest runs and is given them. With `--long` first, the long tests run instead, and beside them those on an Aleo node;
// with `--aleo-vm` first, the latter alone. Where no such node runs, a line that begins with NOT RUN comes last.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { codeWithoutDevnode, withDevnode } from "./aleoVm.mjs";
import { Interrupted } from "./setup/interrupt.mjs";
import { countTests } from "./testCount.mjs";
import { againstBudget, slowestFiles } from "./testTimes.mjs";

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
/** @typedef {Outcome & { count: { passed: number, failed: number }, slowest: readonly string[] }} TestOutcome */

/**
 * @param {string} name
 * @param {readonly string[]} command a command of node_modules/.bin, or `node` and a script
 * @param {{ live?: "whole" | "lines", env?: NodeJS.ProcessEnv }} [options] `live` shows all output as it comes, as the
 * child's own terminal or line by line; else it appears only if the check fails
 * @returns {Promise<Outcome>}
 */
function check(name, [program = "", ...args], { live, env = process.env } = {}) {
  const startedAt = Date.now();
  const path = program === "node" ? process.execPath : join(root, "node_modules", ".bin", program);
  const child = spawn(path, args, { cwd: root, env, stdio: live === "whole" ? "inherit" : ["ignore", "pipe", "pipe"] });
  running.add(child);
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream && live) createInterface({ input: stream }).on("line", (line) => console.log(line));
    else stream?.on("data", (chunk) => output.push(chunk));
  }
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
  short: { name: "tests", config: "vitest.config.ts", reporter: "default" },
  long: { name: "tests", config: "vitest.long.config.ts", reporter: "verbose" },
  aleoVm: { name: "aleo-vm", config: "vitest.aleoVm.config.ts", reporter: "verbose" },
};

/**
 * @param {keyof typeof suites} suite
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, isBeside?: boolean }} [options] `isBeside` another suite that has the terminal
 * @returns {Promise<TestOutcome>}
 */
async function runTests(suite, args, { env = process.env, isBeside = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "attestor-test-"));
  const report = join(folder, "report.json");
  try {
    const { name, config, reporter } = suites[suite];
    const options = ["--config", config, `--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${report}`];
    const outcome = await check(name, ["vitest", "run", ...options, ...args], {
      live: isBeside ? "lines" : "whole",
      env,
    });
    const told = readReport(report);
    const count = countTests(told, outcome.passed);
    return { ...outcome, passed: count.failed === 0 && count.passed > 0, count, slowest: slowestFiles(told, root) };
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

/** @typedef {{ tests: TestOutcome[], notRun?: string }} AleoVmOutcome */

/**
 * @param {readonly string[]} filters
 * @param {boolean} isBeside
 * @returns {Promise<AleoVmOutcome>}
 */
async function runOnAleoVm(filters, isBeside) {
  const result = await withDevnode((env) => runTests("aleoVm", filters, { env, isBeside }));
  return "ran" in result ? { tests: [result.ran] } : { tests: [], notRun: result.notRun };
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const startedAt = Date.now();
  const [option] = args;
  const suite = option === "--long" ? "long" : option === "--aleo-vm" ? "aleoVm" : "short";
  const filters = suite === "short" ? args : args.slice(1);
  const staticOutcomes = args.length === 0 ? await runStaticChecks() : [];
  const wantsAleoVm = suite === "aleoVm" || (suite === "long" && filters.length === 0);
  // side by side: the long tests wait a third of their time, and one node takes one transaction after the other
  const [plain, onAleoVm] = await Promise.all([
    suite === "aleoVm" ? [] : runTests(suite, filters).then((outcome) => [outcome]),
    wantsAleoVm ? runOnAleoVm(filters, suite !== "aleoVm") : /** @type {AleoVmOutcome} */ ({ tests: [] }),
  ]);

  const tests = [...plain, ...onAleoVm.tests];
  const outcomes = [...staticOutcomes, ...tests];
  console.log("");
  if (args.length === 0) {
    for (const line of tests.flatMap(({ slowest }) => slowest)) console.log(line);
    console.log(`${againstBudget((Date.now() - startedAt) / 1000)}\n`);
  }
  for (const { name, passed, seconds } of outcomes) {
    console.log(`${passed ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.toFixed(1)} s`);
  }
  /** @param {"passed" | "failed"} key */
  const total = (key) => tests.reduce((sum, { count }) => sum + count[key], 0);
  if (tests.length > 0) console.log(`${total("passed")} passed, ${total("failed")} failed`);
  if (onAleoVm.notRun !== undefined) console.log(`NOT RUN: ${onAleoVm.notRun}`);
  if (!outcomes.every((outcome) => outcome.passed)) return 1;
  if (onAleoVm.notRun === undefined) return 0;
  return codeWithoutDevnode(suite === "aleoVm" ? "alone" : "among others", process.env);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  process.exitCode = error.exitCode;
}
