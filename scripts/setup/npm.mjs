import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { SetupError } from "./report.mjs";

/** @typedef {import("./find.mjs").Machine} Machine */

/**
 * The npm that is pinned beside a pinned Node.js. It builds the native packages the same way on every machine; Debian's
 * npm, for one, links them to the system's Node.js, and they crash in any other.
 *
 * @param {string} root
 * @param {string} node the path of the executable
 * @returns {string[] | undefined} the command, if that Node.js is this checkout's pinned one
 */
export function pinnedNpmCommand(root, node) {
  const modules = join(root, "toolchain", "node_modules");
  const script = join(modules, "npm", "bin", "npm-cli.js");
  return node.startsWith(modules) && existsSync(script) ? [node, script] : undefined;
}

/**
 * The command that runs npm: the npm that started us, else the one on PATH. The packages are installed for the Node.js
 * that npm itself runs under: an older one makes npm leave out, without a word, the optional ones that refuse it.
 *
 * @param {Pick<Machine, "env" | "program">} machine
 * @param {string} node the path of the executable
 * @returns {string[]}
 * @throws {SetupError} if there is none
 */
export function npmCommand({ env, program }, node) {
  const startedBy = env.npm_execpath?.replace(/npx-cli\.js$/, "npm-cli.js");
  if (startedBy?.endsWith("npm-cli.js") && existsSync(startedBy)) return [node, startedBy];
  const onPath = program("npm");
  if (onPath === undefined) throw new SetupError("npm is missing. Install it, then run this again.");
  const script = realpathSync(onPath);
  return script.endsWith("npm-cli.js") ? [node, script] : [onPath];
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} node the path of the executable
 * @returns {NodeJS.ProcessEnv} with that Node.js first on PATH, for whatever asks there
 */
export function environmentFor(env, node) {
  const folder = dirname(realpathSync(node));
  const others = (env.PATH ?? "").split(delimiter).filter((entry) => entry !== folder);
  return { ...env, PATH: [folder, ...others].join(delimiter) };
}

/** What each `npm ci` is given: everything the lock file names, whatever NODE_ENV says, and no word but errors. */
export const ciArguments = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * @param {string} node the path of the executable
 * @returns {string} the folder whose include/node/ holds the header files that came with it
 */
export function headersFolder(node) {
  return dirname(dirname(realpathSync(node)));
}

/**
 * Builds get the folder of the header files in a path that make and the compiler take as one word: node-gyp writes it into
 * makefiles as it is, so a checkout in a folder with a blank would not build.
 *
 * @param {string} folder
 * @returns {{ folder: string, remove: () => void }} the folder itself, or a link to it that is removed after the build
 */
export function plainPathTo(folder) {
  if (isPlain(folder)) return { folder, remove: () => {} };
  const place = mkdtempSync(join(isPlain(tmpdir()) ? tmpdir() : "/tmp", "attestor-headers-"));
  symlinkSync(folder, join(place, "node"));
  return { folder: join(place, "node"), remove: () => rmSync(place, { recursive: true, force: true }) };
}

/** @param {string} path */
function isPlain(path) {
  return /^[\w./@%+,:=-]+$/.test(path);
}

/**
 * @param {string} node the path of the executable
 * @param {string} version its version, such as `v24.1.0`
 * @returns {boolean} whether its header files are where they belong
 */
export function hasHeaders(node, version) {
  try {
    const header = readFileSync(join(headersFolder(node), "include", "node", "node_version.h"), "utf8");
    const parts = ["MAJOR", "MINOR", "PATCH"].map((part) => header.match(`NODE_${part}_VERSION (\\d+)`)?.[1]);
    return version === `v${parts.join(".")}`;
  } catch {
    return false;
  }
}
