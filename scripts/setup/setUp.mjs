import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { devnodeIsReady, provideDevnode } from "./devnode.mjs";
import { thisMachine } from "./find.mjs";
import { acquireLock } from "./lock.mjs";
import { modulesAreReady, provideModules } from "./modules.mjs";
import { findMissing } from "./needs.mjs";
import { findNode, provideNode } from "./node.mjs";
import { providePackages } from "./packages.mjs";
import { provideSnarkVm, snarkVmIsReady } from "./snarkVm.mjs";

/**
 * Brings a checkout to the point where its commands run. Every step looks first and does only what is missing, so it
 * can be run at any time and after any interruption.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {readonly import("./needs.mjs").Purpose[]} options.purposes
 * @param {import("./report.mjs").Say} options.say
 * @param {AbortSignal} options.signal
 * @returns {Promise<string>} the path of the Node.js to use
 * @throws {import("./report.mjs").SetupError} if the user has to do something first
 */
export async function setUp({ root, purposes, say, signal }) {
  const ready = readyNode(root, purposes);
  if (ready) return ready;

  const lock = await acquireLock(join(root, ".attestor", "set-up"), {
    signal,
    onWait: (pid) => say(`another set-up (process ${pid}) works on this folder; waiting for it`),
  });
  try {
    const context = { say, signal, onStart: lock.shareWith };
    await providePackages(purposes, context);
    const node = await provideNode(root, context);
    await provideModules(root, { path: node, version: versionOf(node) }, context);
    if (wantsSnarkVm(purposes)) await provideSnarkVm(root, node, context);
    if (purposes.includes("aleo")) await provideDevnode(root, node, context);
    return node;
  } finally {
    lock.release();
  }
}

/**
 * @param {string} root
 * @param {readonly import("./needs.mjs").Purpose[]} purposes
 * @returns {string | undefined} the Node.js to use, if nothing is left to do
 */
function readyNode(root, purposes) {
  if (findMissing(purposes, thisMachine).length > 0) return undefined;
  if (wantsSnarkVm(purposes) && !snarkVmIsReady(root)) return undefined;
  if (purposes.includes("aleo") && !devnodeIsReady(root)) return undefined;
  const node = findNode(root);
  return node !== undefined && modulesAreReady(root, versionOf(node)) ? node : undefined;
}

/**
 * Tests compare with snarkVM; who uses an Aleo node makes its transactions with it.
 *
 * @param {readonly import("./needs.mjs").Purpose[]} purposes
 */
function wantsSnarkVm(purposes) {
  return purposes.includes("test") || purposes.includes("aleo");
}

/** @param {string} node the path of the executable */
function versionOf(node) {
  if (node === process.execPath) return process.version;
  return spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
}
