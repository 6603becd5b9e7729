// Prints the trusted computing base: all code from npm that runs in the processes that hold and use the keys.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { projects, readImports } from "./graph.mjs";
import { loadedBy, packageClosure } from "./tcbClosure.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const imports = readImports(root, projects);
const { packages: lock } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/**
 * @param {Iterable<string>} names
 */
const closureOf = (names) => packageClosure(names, lock, { platform: process.platform, arch: process.arch });

/** @param {[string, import("./tcbClosure.mjs").LockedPackage]} entry */
function describe([path, { version, hasInstallScript }]) {
  return `  ${path.replace(/^.*node_modules\//, "")} ${version}${hasInstallScript ? " (native)" : ""}`;
}

/** @param {Iterable<string>} lines */
function printSorted(lines) {
  for (const line of [...lines].sort()) console.log(line);
}

const rooms = loadedBy(imports, (file) => /^(signer|hsm)\//.test(file), ["static", "dynamic"]);
const roomPackages = closureOf(rooms.packages);
console.log(`signer/ and hsm/ load ${rooms.files.size} of our files and ${roomPackages.size} packages:`);
printSorted([...roomPackages].map(describe));

// The daemons are started through the command, so what it imports at the top of its files is loaded with them.
const command = loadedBy(imports, (file) => file === "cli/main.ts", ["static"]);
const added = [...closureOf(command.packages)].filter(([path]) => !roomPackages.has(path));
console.log(`The attestor command that starts them loads ${added.length} packages more:`);
printSorted(added.map(describe));
console.log(
  `${roomPackages.size + added.length} packages in all, beside Node.js ${process.version} and the HSM vendor's module`,
);
