import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Runs OpenSSH's own ssh-keygen. */
export function sshKeygen(words: readonly string[], input = ""): { code: number | null; output: string } {
  const { error, status, stdout, stderr } = spawnSync("ssh-keygen", words, { input, encoding: "utf8" });
  if (error) throw new Error(`ssh-keygen cannot be run: install the package openssh-client (${error.message})`);
  return { code: status, output: stdout + stderr };
}

/** A key pair that ssh-keygen made, without a passphrase. */
export function newKeyFile(folder: string, type: readonly string[], name = "key"): { file: string; line: string } {
  const file = path.join(folder, name);
  const { code, output } = sshKeygen(["-q", "-t", ...type, "-N", "", "-C", "olga@laptop", "-f", file]);
  if (code !== 0) throw new Error(`ssh-keygen made no key: ${output}`);
  return { file, line: readFileSync(`${file}.pub`, "utf8") };
}

/** The armoured signature that `ssh-keygen -Y sign` makes. */
export function signWith(keyFile: string, message: string, ...options: string[]): string {
  const { code, output } = sshKeygen(["-Y", "sign", "-f", keyFile, "-n", "hsm-attestor", ...options], message);
  const start = output.indexOf("-----BEGIN");
  if (code !== 0 || start < 0) throw new Error(`ssh-keygen did not sign: ${output}`);
  return output.slice(start, output.lastIndexOf("-----\n") + 6);
}

/** Whether ssh-keygen takes the signature for a right one, by whatever key. */
export function isRightForSsh(folder: string, signature: string, message: string): boolean {
  const file = path.join(folder, "signature.sig");
  writeFileSync(file, signature);
  return sshKeygen(["-Y", "check-novalidate", "-n", "hsm-attestor", "-s", file], message).code === 0;
}
