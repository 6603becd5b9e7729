import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { AttestorError } from "../../shared/errors/index.ts";

const fileName = "libsofthsm2.so";

/** Where distributions put it: Debian and Arch, a build of one's own, Fedora, Homebrew. */
const usualFolders = [
  "/usr/lib/softhsm",
  "/usr/local/lib/softhsm",
  "/usr/lib64/pkcs11",
  "/usr/lib64/softhsm",
  "/usr/lib64",
  "/opt/homebrew/lib/softhsm",
];

/**
 * The path of SoftHSM's PKCS#11 module. `SOFTHSM2_MODULE` names it before all guesses.
 *
 * @throws AttestorError `module_unusable` saying what to install.
 */
export function findSoftHsmModule(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.SOFTHSM2_MODULE;
  if (named !== undefined) {
    if (existsSync(named)) return path.resolve(named);
    throw new AttestorError("module_unusable", { reason: `SOFTHSM2_MODULE names ${named}, which does not exist` });
  }
  const usual = usualFolders.map((folder) => `${folder}/${fileName}`);
  const found = usual.find((file) => existsSync(file)) ?? inPackage();
  if (found !== undefined) return found;
  const reason =
    "SoftHSM is not installed; install it (Debian: apt-get install softhsm2) or name it in SOFTHSM2_MODULE";
  throw new AttestorError("module_unusable", { reason });
}

function inPackage(): string | undefined {
  const listing = spawnSync("dpkg", ["-L", "libsofthsm2"], { encoding: "utf8" });
  return listing.status === 0 ? listing.stdout.split("\n").find((line) => line.endsWith(`/${fileName}`)) : undefined;
}
