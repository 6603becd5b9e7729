import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "./find.mjs";
import { glibcPrefix, unpackGlibc } from "./glibc.mjs";
import { isInstalledAsLocked } from "./lockedPackage.mjs";
import { ciArguments, environmentFor, npmCommand, pinnedNpmCommand } from "./npm.mjs";
import { elapsed } from "./report.mjs";
import { runStep } from "./run.mjs";

const packageName = "@provablehq/aleo-devnode-linux-x64";

/**
 * What set-up leaves for the programs that start the node: the command to be followed by arguments, or why there is none.
 *
 * @typedef {{ command: string[] } | { reason: string }} Finding
 */

/**
 * @param {string} root
 * @returns {boolean} whether the Aleo development node that our lock file names is installed and runs
 */
export function devnodeIsReady(root) {
  const finding = readFinding(root);
  return (
    finding !== undefined &&
    "command" in finding &&
    isInstalledAsLocked(home(root), packageName) &&
    runs(finding.command)
  );
}

/**
 * Installs a development node with Aleo's own virtual machine, and a newer C library beside the system's where it needs one.
 * Without it everything runs but what needs that machine, which then says what it misses.
 *
 * @param {string} root
 * @param {string} node the path of the executable
 * @param {import("./report.mjs").Context} context
 */
export async function provideDevnode(root, node, context) {
  if (devnodeIsReady(root)) return;
  const startedAt = Date.now();
  const finding = await install(root, node, context);
  writeFinding(root, finding);
  context.say(
    "command" in finding ? `the Aleo node is ready in ${elapsed(startedAt)}` : `no Aleo node: ${finding.reason}`,
  );
}

/**
 * @param {string} root
 * @param {string} node
 * @param {import("./report.mjs").Context} context
 * @returns {Promise<Finding>}
 */
async function install(root, node, context) {
  if (`${process.platform}-${process.arch}` !== "linux-x64") {
    return {
      reason: `aleo-devnode is packaged for Linux on x64 only, and this is ${process.platform} ${process.arch}`,
    };
  }
  if (!isInstalledAsLocked(home(root), packageName)) {
    context.say("installing an Aleo development node (51 MB)");
    const npm = pinnedNpmCommand(root, node) ?? npmCommand(thisMachine, node);
    const command = [...npm, ...ciArguments, "--ignore-scripts", "--prefix", home(root)];
    const env = environmentFor(process.env, node);
    if (!(await runStep(command, { ...context, cwd: root, env, ownGroup: true }))) {
      return { reason: "npm could not install aleo-devnode" };
    }
  }
  const binary = join(home(root), "node_modules", packageName, "bin", "aleo-devnode");
  if (runs([binary])) return { command: [binary] };
  const glibc = join(stateFolder(root), "glibc");
  if (!existsSync(glibc)) {
    context.say("the Aleo node needs a newer C library than this system's; unpacking one beside it");
    mkdirSync(stateFolder(root), { recursive: true });
    if (!(await unpackGlibc(glibc, context))) {
      return { reason: `${complaint([binary])}; a newer C library could not be had (that is known for Debian only)` };
    }
  }
  const command = [...(glibcPrefix(glibc) ?? []), binary];
  return runs(command) ? { command } : { reason: complaint(command) };
}

/** @param {readonly string[]} command */
function runs(command) {
  return asksVersion(command).status === 0;
}

/** @param {readonly string[]} command */
function complaint(command) {
  const { stderr, error } = asksVersion(command);
  const line = stderr?.trim().split("\n")[0] || error?.message || "no word why";
  return `aleo-devnode does not start here (${line.replace(/^.*?aleo-devnode: /, "")})`;
}

/** @param {readonly string[]} command */
function asksVersion([program = "", ...args]) {
  return spawnSync(program, [...args, "--version"], { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
}

/** @param {string} root */
function home(root) {
  return join(root, "toolchain", "devnode");
}

/** @param {string} root */
function stateFolder(root) {
  return join(root, ".attestor", "devnode");
}

/** @param {string} root */
function findingFile(root) {
  return join(stateFolder(root), "finding.json");
}

/**
 * @param {string} root
 * @returns {Finding | undefined}
 */
function readFinding(root) {
  try {
    return JSON.parse(readFileSync(findingFile(root), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {Finding} finding
 */
function writeFinding(root, finding) {
  mkdirSync(stateFolder(root), { recursive: true });
  writeFileSync(findingFile(root), `${JSON.stringify(finding)}\n`);
}
