import { spawnSync } from "node:child_process";

/** @type {readonly { name: string, args: readonly string[] }[]} what Node.js is given to prove that a package works here */
const checks = [
  { name: "better-sqlite3", args: ["-e", "new (require('better-sqlite3'))(':memory:').close()"] },
  { name: "pkcs11js", args: ["-e", "new (require('pkcs11js').PKCS11)()"] },
  { name: "secp256k1", args: ["-e", "require('secp256k1/bindings')"] },
  { name: "@foundry-rs/anvil", args: ["node_modules/@foundry-rs/anvil/bin.mjs", "--version"] },
];

/**
 * Runs each package that has native code once, under the Node.js that will use it.
 *
 * @param {string} root
 * @param {string} node the path of the executable
 * @returns {string[]} a sentence for each one that does not work
 */
export function checkModules(root, node) {
  return checks.flatMap(({ name, args }) => {
    const { status, stderr, error } = spawnSync(node, args, { cwd: root, encoding: "utf8" });
    if (status === 0) return [];
    const reason =
      error?.message ?? stderr.split("\n").find((line) => /^(\w*Error|error)\b/.test(line)) ?? "no reason given";
    return [`${name} does not work here: ${reason.trim()}`];
  });
}
