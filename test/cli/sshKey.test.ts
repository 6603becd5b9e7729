import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { createSshKey } from "../../cli/up/sshKey.ts";
import { parseSshPublicKey } from "../../signer/policy/ssh/publicKey.ts";
import { isSignatureOf, parseSshSignature } from "../../signer/policy/ssh/signature.ts";
import { temporaryFolder } from "../shared/temporaryFolder.ts";
import { signWith, sshKeygen } from "../support/sshKeygen.ts";

it("the local network's operators have SSH keys that ssh-keygen signs with", () => {
  const file = path.join(temporaryFolder(), "operator-1.ssh");
  createSshKey(file, "operator-1");
  const line = readFileSync(`${file}.pub`, "utf8");
  expect(sshKeygen(["-l", "-f", `${file}.pub`]).output).toMatch(/^256 SHA256:\S+ operator-1 \(ECDSA\)/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const signature = parseSshSignature(signWith(file, "statement"));
  expect(signature.publicKey.line).toBe(parseSshPublicKey(line).line);
  expect(isSignatureOf(signature, "statement")).toBe(true);
});
