import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "./find.mjs";
import { ciArguments, hasHeaders, npmCommand } from "./npm.mjs";
import { elapsed, SetupError } from "./report.mjs";
import { runStep } from "./run.mjs";

const npmEntry = "node_modules/npm";

/** The oldest Node.js that runs our TypeScript as it is. */
const oldestMajor = 24;

/**
 * @typedef {object} NodeFacts
 * @property {string} runningVersion such as `v20.1.0`
 * @property {boolean} runningHasHeaders
 * @property {string | undefined} pinnedVersion in our lock file, for this platform
 * @property {string | undefined} installedVersion of the pinned package
 */

/**
 * Decides which Node.js to use. A pinned one that is there always wins, because the `attestor` launcher, which cannot
 * ask many questions, prefers it too. Without header files node-gyp would fetch some from elsewhere.
 *
 * @param {NodeFacts} facts
 * @returns {"pinned" | "running" | "install" | "refuse"}
 */
export function chooseNode({ runningVersion, runningHasHeaders, pinnedVersion, installedVersion }) {
  if (pinnedVersion !== undefined && installedVersion === pinnedVersion) return "pinned";
  const isOlderPinnedThere = installedVersion !== undefined;
  const isRunningGood = Number.parseInt(runningVersion.slice(1), 10) >= oldestMajor && runningHasHeaders;
  if (isRunningGood && !isOlderPinnedThere) return "running";
  return pinnedVersion === undefined ? "refuse" : "install";
}

/**
 * @param {string} root
 * @returns {string | undefined} the Node.js to use, if no installation is needed
 */
export function findNode(root) {
  const choice = chooseNode(nodeFacts(root));
  if (choice === "running") return process.execPath;
  return choice === "pinned" && runs(pinnedPath(root)) ? pinnedPath(root) : undefined;
}

/**
 * @param {string} root
 * @param {import("./report.mjs").Context} context
 * @returns {Promise<string>} the path of the Node.js to use, installed if need be
 * @throws {SetupError}
 */
export async function provideNode(root, { say, signal, onStart }) {
  const found = findNode(root);
  if (found) return found;
  const facts = nodeFacts(root);
  const platform = `${process.platform}-${process.arch}`;
  if (chooseNode(facts) === "refuse") {
    throw new SetupError(
      `Node.js ${facts.runningVersion} is too old or has no header files, and no newer one is packaged for ${platform}. ` +
        `Install Node.js ${oldestMajor} with its headers (the archives of the Node.js project have both), then run this again.`,
    );
  }
  const startedAt = Date.now();
  say(`this is Node.js ${facts.runningVersion}; installing ${facts.pinnedVersion} into toolchain/node_modules`);
  const command = [...npmCommand(thisMachine, process.execPath), ...ciArguments, "--prefix", toolchain(root)];
  if (!(await runStep(command, { cwd: root, signal, onStart, ownGroup: true }))) {
    throw new SetupError("npm could not install Node.js, for the reason above. Run this again when that is solved.");
  }
  if (!runs(pinnedPath(root))) {
    throw new SetupError(
      `The packaged Node.js ${facts.pinnedVersion} does not run on this system (it needs glibc 2.28 or newer). ` +
        `Install Node.js ${oldestMajor} with its headers, delete toolchain/node_modules and run this again.`,
    );
  }
  say(`Node.js ${facts.pinnedVersion} installed in ${elapsed(startedAt)}`);
  return pinnedPath(root);
}

/**
 * @param {string} root
 * @returns {NodeFacts}
 */
function nodeFacts(root) {
  const entry = `node_modules/${packageName()}`;
  const wanted = join(toolchain(root), "package-lock.json");
  // npm writes this file when all is in place, so an interrupted installation does not count.
  const installed = join(toolchain(root), "node_modules", ".package-lock.json");
  const hasItsNpm = lockedVersion(installed, npmEntry) === lockedVersion(wanted, npmEntry);
  return {
    runningVersion: process.version,
    runningHasHeaders: hasHeaders(process.execPath, process.version),
    pinnedVersion: lockedVersion(wanted, entry),
    installedVersion: hasItsNpm ? lockedVersion(installed, entry) : undefined,
  };
}

function packageName() {
  return `node-${process.platform}-${process.arch}`;
}

/** @param {string} root */
function toolchain(root) {
  return join(root, "toolchain");
}

/** @param {string} root */
function pinnedPath(root) {
  return join(toolchain(root), "node_modules", packageName(), "bin", "node");
}

/**
 * @param {string} lockFile
 * @param {string} entry
 * @returns {string | undefined}
 */
function lockedVersion(lockFile, entry) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages[entry]?.version;
  } catch {
    return undefined;
  }
}

/** @param {string} node */
function runs(node) {
  return spawnSync(node, ["--version"], { stdio: "ignore" }).status === 0;
}
