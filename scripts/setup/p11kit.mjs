const fileName = "p11-kit-client.so";

/** Where distributions put p11-kit's client module: Fedora, Arch and Alpine, Homebrew on either processor. */
const usualFolders = ["/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/opt/homebrew/lib/pkcs11", "/usr/local/lib/pkcs11"];

/**
 * @param {Pick<import("./find.mjs").Machine, "exists" | "packageFiles">} machine
 * @returns {string | undefined} the path of the PKCS#11 module that hands every call on to a p11-kit server
 */
export function findP11KitClient({ exists, packageFiles }) {
  const usual = usualFolders.map((folder) => `${folder}/${fileName}`).find(exists);
  return usual ?? packageFiles("p11-kit-modules").find((path) => path.endsWith(`/${fileName}`));
}
