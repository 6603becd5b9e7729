const fileName = "libsofthsm2.so";

/** Where distributions put SoftHSM's PKCS#11 module: Debian and Arch, Fedora, Homebrew on either processor. */
const usualFolders = [
  "/usr/lib/softhsm",
  "/usr/local/lib/softhsm",
  "/usr/lib64/pkcs11",
  "/usr/lib64/softhsm",
  "/usr/lib64",
  "/opt/homebrew/lib/softhsm",
];

/**
 * @param {Pick<import("./find.mjs").Machine, "env" | "exists" | "packageFiles">} machine
 * @returns {string | undefined} the path of SoftHSM's PKCS#11 module; `SOFTHSM2_MODULE` names it before all guesses
 */
export function findSoftHsmModule({ env, exists, packageFiles }) {
  const named = env.SOFTHSM2_MODULE;
  if (named) return exists(named) ? named : undefined;
  const usual = usualFolders.map((folder) => `${folder}/${fileName}`).find(exists);
  return usual ?? packageFiles("libsofthsm2").find((path) => path.endsWith(`/${fileName}`));
}
