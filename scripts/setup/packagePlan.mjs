/** @typedef {import("./needs.mjs").ManagerName} ManagerName */
/** @typedef {import("./needs.mjs").Need} Need */
/** @typedef {readonly string[]} Command program and arguments */

/**
 * @typedef {object} Manager
 * @property {Command} install to be followed by package names
 * @property {Command} [refresh] brings the package lists up to date
 * @property {Command} [repair] ends what an interrupted installation left half-way
 * @property {true} [unprivileged] runs as the user and refuses root
 */

// Only apt-get has been tried; the others are taken from their manuals. Waiting for the lock matters on a machine
// that has just started, where its own automatic update often holds it.
/** @type {Record<ManagerName, Manager>} in the order in which they are looked for */
export const managers = {
  "apt-get": {
    install: ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"],
    refresh: ["apt-get", "update"],
    repair: ["dpkg", "--configure", "-a"],
  },
  dnf: { install: ["dnf", "install", "-y"] },
  apk: { install: ["apk", "add"] },
  pacman: { install: ["pacman", "-S", "--noconfirm", "--needed"], refresh: ["pacman", "-Sy"] },
  brew: { install: ["brew", "install"], unprivileged: true },
};

/**
 * @typedef {object} Facts
 * @property {readonly Need[]} missing
 * @property {ManagerName | undefined} manager
 * @property {boolean} isRoot
 * @property {boolean} hasTerminal somebody can answer a question
 * @property {boolean} hasSudo
 * @property {boolean} hasLists the manager's package lists are on disk
 */

/**
 * What to do about missing packages: `install` at once, `ask` and then run the commands, or `tell` the user the line to
 * type. `refuse` stands for a machine without a package manager that we know.
 *
 * @typedef {{ action: "nothing" } | { action: "refuse" } | WithCommands} Plan
 * @typedef {{ action: "install" | "ask" | "tell", commands: Command[], line: string }} WithCommands
 */

/**
 * Root without a terminal installs, whoever sits at a terminal is asked, and a user without one is told what to type.
 *
 * @param {Facts} facts
 * @returns {Plan}
 */
export function planPackages({ missing, manager: managerName, isRoot, hasTerminal, hasSudo, hasLists }) {
  if (missing.length === 0) return { action: "nothing" };
  if (managerName === undefined) return { action: "refuse" };
  const { install, refresh, unprivileged = false } = managers[managerName];
  const installMissing = [...install, ...missing.map((need) => need.packages[managerName])];

  if (isRoot && !hasTerminal) {
    return withCommands("install", refresh && !hasLists ? [refresh, installMissing] : [installMissing]);
  }
  const commands = refresh ? [refresh, installMissing] : [installMissing];
  if (isRoot || unprivileged) return withCommands(hasTerminal ? "ask" : "tell", commands);
  if (!hasSudo) return { action: "tell", commands, line: `su -c '${shellLine(commands)}'` };
  return withCommands(
    hasTerminal ? "ask" : "tell",
    commands.map((command) => ["sudo", ...command]),
  );
}

/**
 * @param {WithCommands["action"]} action
 * @param {Command[]} commands
 * @returns {WithCommands}
 */
function withCommands(action, commands) {
  return { action, commands, line: shellLine(commands) };
}

/** @param {readonly Command[]} commands none of their words needs quoting */
function shellLine(commands) {
  return commands.map((command) => command.join(" ")).join(" && ");
}
