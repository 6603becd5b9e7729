import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "./find.mjs";
import { checkModules } from "./moduleCheck.mjs";
import { ciArguments, environmentFor, headersFolder, npmCommand, pinnedNpmCommand, plainPathTo } from "./npm.mjs";
import { elapsed, SetupError } from "./report.mjs";
import { runStep } from "./run.mjs";

/** Inside node_modules, which npm deletes before it installs; the `attestor` launcher looks for it too. */
const stampName = ".set-up.json";

/**
 * @param {string} root
 * @param {string} nodeVersion
 * @returns {boolean} whether node_modules holds what the lock file names, checked under this Node.js
 */
export function modulesAreReady(root, nodeVersion) {
  const stamp = readText(join(root, "node_modules", stampName));
  if (stamp === undefined || stamp !== wantedStamp(root, nodeVersion)) return false;
  touch(join(root, "node_modules", stampName));
  return true;
}

/**
 * Installs the npm packages unless they are there, and checks that the native ones load.
 *
 * @param {string} root
 * @param {{ path: string, version: string }} node
 * @param {import("./report.mjs").Context} context
 * @throws {SetupError}
 */
export async function provideModules(root, node, { say, signal, onStart }) {
  if (modulesAreReady(root, node.version)) return;
  const modules = join(root, "node_modules");
  rmSync(join(modules, stampName), { force: true });

  const hidden = readText(join(modules, ".package-lock.json"));
  const isInstalled = hidden !== undefined && installMatches(readText(join(root, "package-lock.json")) ?? "{}", hidden);
  if (!isInstalled || checkModules(root, node.path).length > 0) {
    const startedAt = Date.now();
    say("installing the npm packages (about 20 s)");
    // Without the folder of the header files node-gyp would fetch some.
    const headers = plainPathTo(headersFolder(node.path));
    const env = { ...environmentFor(process.env, node.path), npm_config_nodedir: headers.folder };
    const npm = pinnedNpmCommand(root, node.path) ?? npmCommand(thisMachine, node.path);
    const command = [...npm, ...ciArguments];
    try {
      if (!(await runStep(command, { cwd: root, env, signal, onStart, ownGroup: true }))) {
        throw new SetupError(
          "npm could not install the packages, for the reason above. Run this again when it is solved.",
        );
      }
    } finally {
      headers.remove();
    }
    const [problem] = checkModules(root, node.path);
    if (problem) {
      throw new SetupError(
        `${problem}\nCheck that g++, make and python3 work and that npm may run install scripts ` +
          "(`npm config get ignore-scripts` says false), delete node_modules and run this again.",
      );
    }
    say(`npm packages installed in ${elapsed(startedAt)}`);
  }
  linkCommand(modules);
  const stamp = join(modules, stampName);
  writeFileSync(`${stamp}.new`, wantedStamp(root, node.version));
  renameSync(`${stamp}.new`, stamp);
}

/**
 * npm writes a lock file of its own into node_modules when an installation is complete; one made by hand with
 * `npm ci` is as good as ours.
 *
 * @param {string} lockText package-lock.json
 * @param {string} hiddenText node_modules/.package-lock.json
 * @returns {boolean} whether all that must be installed is, and nothing else
 */
export function installMatches(lockText, hiddenText) {
  const { "": _root, ...locked } = JSON.parse(lockText).packages ?? {};
  const installed = JSON.parse(hiddenText).packages ?? {};
  const isComplete = Object.keys(locked).every((path) => installed[path] || locked[path].optional);
  const isSame = Object.keys(installed).every(
    (path) => locked[path] !== undefined && installed[path].integrity === locked[path].integrity,
  );
  return isComplete && isSame;
}

/**
 * npm links the commands of dependencies, not our own: with this, `npx attestor` finds it without asking the registry.
 *
 * @param {string} modules
 */
function linkCommand(modules) {
  const link = join(modules, ".bin", "attestor");
  rmSync(link, { force: true });
  symlinkSync("../../attestor", link);
}

/**
 * @param {string} root
 * @param {string} nodeVersion
 */
function wantedStamp(root, nodeVersion) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${JSON.stringify({ lock, node: nodeVersion, platform: `${process.platform}-${process.arch}` })}\n`;
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * The launcher compares ages: a lock file that is only younger, not different, should not keep it asking.
 *
 * @param {string} path
 */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Somebody else's folder: the launcher then asks each time, which costs it a tenth of a second.
  }
}
