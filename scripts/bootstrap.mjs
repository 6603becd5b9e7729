// Plain JavaScript for any Node.js from 18 on: this runs before anything is installed.
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Interrupted, watchInterrupts } from "./setup/interrupt.mjs";
import { environmentFor } from "./setup/npm.mjs";
import { say } from "./setup/report.mjs";
import { handOver } from "./setup/run.mjs";
import { setUp } from "./setup/setUp.mjs";

/** @typedef {import("./setup/needs.mjs").Purpose} Purpose */

/**
 * What each command needs, and what runs after set-up.
 *
 * @type {Record<string, { purposes: Purpose[], program?: string[] }>}
 */
const commands = {
  setup: { purposes: ["base"] },
  start: { purposes: ["base"], program: ["cli/main.ts", "up"] },
  test: { purposes: ["base", "test"], program: ["scripts/test.mjs"] },
  "test:long": { purposes: ["base", "test", "aleo"], program: ["scripts/test.mjs", "--long"] },
  "test:aleo-vm": { purposes: ["base", "test", "aleo"], program: ["scripts/test.mjs", "--aleo-vm"] },
  "test:units": { purposes: ["base"], program: ["test/units/main.ts"] },
  "bench:collector": { purposes: ["base", "test"], program: ["test/bench/collector/main.ts"] },
  "bench:aleo": { purposes: ["base", "test"], program: ["test/bench/aleo/main.ts"] },
  "bench:signer": { purposes: ["base", "test"], program: ["test/bench/signer/main.ts"] },
  "bench:chain": { purposes: ["base", "test"], program: ["scripts/benchChain.mjs"] },
  torture: { purposes: ["base", "test"], program: ["scripts/torture.mjs"] },
  tcb: { purposes: ["base"], program: ["scripts/tcb.mjs"] },
};

const root = realpathSync(join(dirname(fileURLToPath(import.meta.url)), ".."));

/**
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(name, args) {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    say(`usage: node scripts/bootstrap.mjs ${Object.keys(commands).join("|")} [arguments]`);
    return 2;
  }
  const interrupts = watchInterrupts();
  try {
    const purposes = [...command.purposes, ...furtherPurposes(name, args)];
    const node = await setUp({ root, purposes, say, signal: interrupts.signal });
    interrupts.signal.throwIfAborted();
    interrupts.stop();
    if (!command.program) {
      say("ok");
      return 0;
    }
    const [script = "", ...first] = command.program;
    return await handOver([node, join(root, script), ...first, ...args], { env: environmentFor(process.env, node) });
  } catch (error) {
    if (error instanceof Interrupted) {
      say("interrupted; run the same command again to go on where it stopped");
      return error.exitCode;
    }
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Purpose[]} what the command needs only with these arguments
 */
function furtherPurposes(name, args) {
  return name === "start" && args.includes("--aleo") && !args.includes("--stand-in") ? ["aleo"] : [];
}

const [name = "", ...args] = process.argv.slice(2);
process.exitCode = await main(name, args);
