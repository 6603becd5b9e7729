import { isBuiltin } from "node:module";

/** @typedef {import("./graph.mjs").Import} Import */

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {boolean} [hasInstallScript]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 */

/** @typedef {Record<string, LockedPackage>} Lock the `packages` of a package-lock.json, by their path */

/**
 * Follows every import that loads code when the given files run.
 *
 * @param {readonly Import[]} imports
 * @param {(file: string) => boolean} isStart
 * @param {readonly Import["kind"][]} kinds
 * @returns {{ files: Set<string>, packages: Set<string> }} our files and the names of the packages they ask for
 */
export function loadedBy(imports, isStart, kinds) {
  const edges = imports.filter((edge) => kinds.includes(edge.kind));
  const files = new Set(imports.map((edge) => edge.from).filter(isStart));
  // A set also walks through what is added on the way.
  for (const file of files) {
    for (const edge of edges) if (edge.from === file && edge.isFile) files.add(edge.to);
  }
  const specifiers = edges.filter((edge) => !edge.isFile && files.has(edge.from)).map((edge) => edge.to);
  return { files, packages: new Set(specifiers.filter((specifier) => !isBuiltin(specifier)).map(packageName)) };
}

/** @param {string} specifier such as `@noble/hashes/sha3.js` */
function packageName(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/**
 * @param {Iterable<string>} names packages that our own code asks for
 * @param {Lock} lock
 * @param {{ platform: string, arch: string }} machine packages for other machines do not count
 * @returns {Map<string, LockedPackage>} those packages and all they depend on, by their path in the lock file
 * @throws {Error} if one is not in the lock file
 */
export function packageClosure(names, lock, machine) {
  /** @type {Map<string, LockedPackage>} */
  const closure = new Map();
  /**
   * @param {string} name
   * @param {string} dependent the path of the package that asks
   * @param {boolean} isOptional
   */
  const add = (name, dependent, isOptional) => {
    const path = resolvePath(name, dependent, lock);
    const found = path === undefined ? undefined : lock[path];
    if (path === undefined || found === undefined) {
      if (isOptional) return;
      throw new Error(`${name} is imported but not in package-lock.json`);
    }
    if (closure.has(path) || !fits(found, machine)) return;
    closure.set(path, found);
    for (const next of Object.keys(found.dependencies ?? {})) add(next, path, false);
    for (const next of Object.keys(found.optionalDependencies ?? {})) add(next, path, true);
  };
  for (const name of names) add(name, "", false);
  return closure;
}

/**
 * Node.js looks for a package in the nearest node_modules first.
 *
 * @param {string} name
 * @param {string} dependent
 * @param {Lock} lock
 * @returns {string | undefined}
 */
function resolvePath(name, dependent, lock) {
  const nearest = `${dependent}${dependent && "/"}node_modules/${name}`;
  if (lock[nearest]) return nearest;
  if (dependent === "") return undefined;
  const parentEnd = dependent.lastIndexOf("/node_modules/");
  return resolvePath(name, parentEnd < 0 ? "" : dependent.slice(0, parentEnd), lock);
}

/**
 * @param {LockedPackage} locked
 * @param {{ platform: string, arch: string }} machine
 */
function fits({ os, cpu }, { platform, arch }) {
  return (os?.includes(platform) ?? true) && (cpu?.includes(arch) ?? true);
}
