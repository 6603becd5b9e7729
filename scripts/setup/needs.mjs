import { findP11KitClient } from "./p11kit.mjs";
import { findPostgresPrograms } from "./postgresql.mjs";
import { findSoftHsmModule } from "./softhsm.mjs";

/** @typedef {import("./find.mjs").Machine} Machine */
/** @typedef {"apt-get" | "dnf" | "apk" | "pacman" | "brew"} ManagerName */

/**
 * Something that the npm registry cannot give.
 *
 * @typedef {object} Need
 * @property {string} name as the reader knows it
 * @property {Record<ManagerName, string>} packages its package under each manager
 * @property {(machine: Machine) => boolean} isMet
 */

/** @typedef {"base" | "test" | "aleo"} Purpose `aleo` stands for a real Aleo node, which no command needs to go on */

/** @type {Need[]} g++, make and python3 build the native add-ons; SoftHSM holds the keys of the local bridge. */
const base = [
  {
    name: "g++",
    packages: { "apt-get": "g++", dnf: "gcc-c++", apk: "g++", pacman: "gcc", brew: "gcc" },
    isMet: (machine) => machine.program("g++") !== undefined,
  },
  {
    name: "make",
    packages: { "apt-get": "make", dnf: "make", apk: "make", pacman: "make", brew: "make" },
    isMet: (machine) => machine.program("make") !== undefined,
  },
  {
    name: "python3",
    packages: { "apt-get": "python3", dnf: "python3", apk: "python3", pacman: "python", brew: "python3" },
    isMet: (machine) => machine.program("python3") !== undefined,
  },
  {
    name: "SoftHSM",
    packages: { "apt-get": "softhsm2", dnf: "softhsm", apk: "softhsm", pacman: "softhsm", brew: "softhsm" },
    isMet: (machine) => machine.program("softhsm2-util") !== undefined && findSoftHsmModule(machine) !== undefined,
  },
];

/** Systems with these managers have no systemd to install. */
const neverAsked = { apk: "", brew: "" };

/** @param {Machine} machine */
const hasSystemd = (machine) => ["apt-get", "dnf", "pacman"].some((name) => machine.program(name) !== undefined);

/**
 * The tests compare SSH signatures with OpenSSH's own, set a signer's clock, run PostgreSQL, look at a terminal, put a TLS
 * proxy before a signer, reach a second token through p11-kit, and have systemd look at its units.
 *
 * @type {Need[]}
 */
const test = [
  {
    name: "ssh-keygen",
    packages: {
      "apt-get": "openssh-client",
      dnf: "openssh-clients",
      apk: "openssh-keygen",
      pacman: "openssh",
      brew: "openssh",
    },
    isMet: (machine) => machine.program("ssh-keygen") !== undefined,
  },
  {
    name: "PostgreSQL",
    packages: {
      "apt-get": "postgresql",
      dnf: "postgresql-server",
      apk: "postgresql",
      pacman: "postgresql",
      brew: "postgresql@17",
    },
    isMet: (machine) => findPostgresPrograms(machine) !== undefined,
  },
  {
    name: "tmux",
    packages: { "apt-get": "tmux", dnf: "tmux", apk: "tmux", pacman: "tmux", brew: "tmux" },
    isMet: (machine) => machine.program("tmux") !== undefined,
  },
  {
    name: "stunnel",
    packages: { "apt-get": "stunnel4", dnf: "stunnel", apk: "stunnel", pacman: "stunnel", brew: "stunnel" },
    isMet: (machine) => machine.program("stunnel") !== undefined,
  },
  {
    name: "faketime",
    packages: {
      "apt-get": "faketime",
      dnf: "libfaketime",
      apk: "libfaketime",
      pacman: "libfaketime",
      brew: "libfaketime",
    },
    isMet: (machine) => machine.program("faketime") !== undefined,
  },
  {
    name: "p11-kit",
    packages: {
      "apt-get": "p11-kit",
      dnf: "p11-kit-server",
      apk: "p11-kit-server",
      pacman: "p11-kit",
      brew: "p11-kit",
    },
    isMet: (machine) => machine.program("p11-kit") !== undefined,
  },
  {
    name: "p11-kit's client module",
    packages: {
      "apt-get": "p11-kit-modules",
      dnf: "p11-kit-server",
      apk: "p11-kit-server",
      pacman: "p11-kit",
      brew: "p11-kit",
    },
    isMet: (machine) => findP11KitClient(machine) !== undefined,
  },
  {
    name: "systemd-analyze",
    packages: { "apt-get": "systemd", dnf: "systemd", pacman: "systemd", ...neverAsked },
    isMet: (machine) => machine.program("systemd-analyze") !== undefined || !hasSystemd(machine),
  },
];

/** @type {Record<Purpose, Need[]>} what only tests need stands apart: `npm start` never asks for it */
const needs = { base, test, aleo: [] };

/**
 * @param {readonly Purpose[]} purposes
 * @param {Machine} machine
 * @returns {Need[]}
 */
export function findMissing(purposes, machine) {
  return purposes.flatMap((purpose) => needs[purpose]).filter((need) => !need.isMet(machine));
}
