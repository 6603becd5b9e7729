import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} folder that holds a package-lock.json and what npm installs for it
 * @param {string} name of a package
 * @returns {boolean} whether the package that the lock file names is installed, to the end
 */
export function isInstalledAsLocked(folder, name) {
  const wanted = integrity(join(folder, "package-lock.json"), name);
  // npm writes this file when all is in place, so an interrupted installation does not count.
  return wanted !== undefined && integrity(join(folder, "node_modules", ".package-lock.json"), name) === wanted;
}

/**
 * @param {string} lockFile
 * @param {string} name
 * @returns {string | undefined}
 */
function integrity(lockFile, name) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages[`node_modules/${name}`]?.integrity;
  } catch {
    return undefined;
  }
}
