import { join } from "node:path";
import { thisMachine } from "./find.mjs";
import { isInstalledAsLocked } from "./lockedPackage.mjs";
import { ciArguments, environmentFor, npmCommand, pinnedNpmCommand } from "./npm.mjs";
import { elapsed } from "./report.mjs";
import { runStep } from "./run.mjs";

/**
 * @param {string} root
 * @returns {boolean} whether the snarkVM that our lock file names is installed
 */
export function snarkVmIsReady(root) {
  return isInstalledAsLocked(folder(root), "@provablehq/wasm");
}

/**
 * Installs Aleo's snarkVM, which tests and a benchmark compare our hashes with. It is large and under the GPL, so it stands
 * apart from all other packages. Without it everything runs but the comparison, which then says what it misses.
 *
 * @param {string} root
 * @param {string} node the path of the executable
 * @param {import("./report.mjs").Context} context
 */
export async function provideSnarkVm(root, node, { say, signal, onStart }) {
  if (snarkVmIsReady(root)) return;
  const startedAt = Date.now();
  say("installing snarkVM (53 MB)");
  const npm = pinnedNpmCommand(root, node) ?? npmCommand(thisMachine, node);
  const command = [...npm, ...ciArguments, "--ignore-scripts", "--prefix", folder(root)];
  const env = environmentFor(process.env, node);
  const isThere = await runStep(command, { cwd: root, env, signal, onStart, ownGroup: true });
  say(isThere ? `snarkVM installed in ${elapsed(startedAt)}` : "snarkVM could not be installed, for the reason above");
}

/** @param {string} root */
function folder(root) {
  return join(root, "test", "snarkvm");
}
