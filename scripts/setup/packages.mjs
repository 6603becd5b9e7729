import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { thisMachine } from "./find.mjs";
import { findMissing } from "./needs.mjs";
import { managers, planPackages } from "./packagePlan.mjs";
import { elapsed, SetupError } from "./report.mjs";
import { runStep } from "./run.mjs";

/** @typedef {import("./needs.mjs").ManagerName} ManagerName */
/** @typedef {import("./report.mjs").Context} Context */

/**
 * Sees to it that everything the purposes need from the system's packages is on the machine.
 *
 * @param {readonly import("./needs.mjs").Purpose[]} purposes
 * @param {Context} context
 * @throws {SetupError} if the user has to install something first
 */
export async function providePackages(purposes, context) {
  const missing = findMissing(purposes, thisMachine);
  const names = missing.map((need) => need.name).join(", ");
  const managerNames = /** @type {ManagerName[]} */ (Object.keys(managers));
  const managerName = managerNames.find((name) => thisMachine.program(name));
  const plan = planPackages({
    missing,
    manager: managerName,
    isRoot: process.getuid?.() === 0,
    hasTerminal: isatty(0) && isatty(2),
    hasSudo: thisMachine.program("sudo") !== undefined,
    hasLists: managerName !== "apt-get" || hasAptLists(),
  });
  if (plan.action === "nothing") return;
  if (plan.action === "refuse" || managerName === undefined) {
    throw new SetupError(`${names} missing, and no known package manager is here. Install them, then run this again.`);
  }
  if (plan.action === "tell")
    throw new SetupError(`${names} missing. Type this, then run the same again:\n\n  ${plan.line}\n`);
  if (plan.action === "ask") {
    context.say(`${names} missing. This installs what is missing:\n\n  ${plan.line}\n`);
    if (!(await confirm("Run it now? [y/N] ", context.signal))) throw new SetupError("Run that line, then this again.");
  } else {
    context.say(`installing ${names}: ${plan.line}`);
  }

  const startedAt = Date.now();
  const isAnswered = plan.action === "ask";
  const installed =
    (await runAll(plan.commands, isAnswered, context)) ||
    (!isAnswered && (await runAll(repairCommands(managerName, plan.commands), isAnswered, context)));
  if (!installed)
    throw new SetupError(`That failed, for the reason above. Without it, run this again:\n\n  ${plan.line}\n`);
  const stillMissing = findMissing(purposes, thisMachine).map((need) => need.name);
  if (stillMissing.length > 0) {
    const hint = "If SoftHSM's libsofthsm2.so is in an unusual folder, name it in SOFTHSM2_MODULE.";
    throw new SetupError(`Still not found after the installation: ${stillMissing.join(", ")}. ${hint}`);
  }
  context.say(`${names} installed in ${elapsed(startedAt)}`);
}

/**
 * A failed installation is tried once more, after mending what an interrupted one or outdated lists have left.
 *
 * @param {ManagerName} managerName
 * @param {import("./packagePlan.mjs").Command[]} commands
 */
function repairCommands(managerName, commands) {
  const { repair, refresh } = managers[managerName];
  return [repair, refresh, commands.at(-1)].filter((command) => command !== undefined);
}

/**
 * @param {readonly import("./packagePlan.mjs").Command[]} commands
 * @param {boolean} withTerminal
 * @param {Context} context
 */
async function runAll(commands, withTerminal, { signal, onStart }) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const command of commands) {
    if (!(await runStep(command, { env, signal, onStart, withTerminal, quiet: !withTerminal }))) return false;
  }
  return true;
}

function hasAptLists() {
  try {
    return readdirSync("/var/lib/apt/lists").some((name) => /_Packages(\.|$)/.test(name));
  } catch {
    return false;
  }
}

/**
 * @param {string} question
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} true only for a typed yes
 */
async function confirm(question, signal) {
  // Without the line editor the terminal itself turns Ctrl-C into a signal for the whole process group.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      lines.on("close", () => resolve(false));
      lines.question(question, (answer) => resolve(/^y(es)?$/i.test(answer.trim())));
    });
  } finally {
    lines.close();
  }
}
