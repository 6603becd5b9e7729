import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * What set-up can see of the machine; tests give it another one.
 *
 * @typedef {object} Machine
 * @property {(name: string) => string | undefined} program the path of an executable on PATH
 * @property {(path: string) => boolean} exists
 * @property {(name: string) => string[]} packageFiles the files of an installed Debian package, or none
 * @property {NodeJS.ProcessEnv} env
 */

/** @type {Machine} */
export const thisMachine = {
  program: (name) => findProgram(name, process.env.PATH ?? ""),
  exists: existsSync,
  packageFiles: debianPackageFiles,
  env: process.env,
};

/**
 * @param {string} name
 * @param {string} searchPath in the form of PATH
 * @returns {string | undefined}
 */
function findProgram(name, searchPath) {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string} name */
function debianPackageFiles(name) {
  try {
    return execFileSync("dpkg", ["-L", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n");
  } catch {
    return [];
  }
}
