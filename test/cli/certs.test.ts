import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "attestor-certs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ca = (run = attestorHere) => run(["certs", "ca", "--folder", folder, "--name", "acme authority", "--json"]);
const issueWords = ["certs", "issue", "--json", "--authority"];
const issue = (...more: string[]) => attestorHere([...issueWords, folder, "--folder", folder, ...more]);

describe("attestor certs", () => {
  it("makes an authority, a server and a client, and prints the same pin again from the file", async () => {
    expect((await ca(attestor)).code).toBe(0);
    const server = await issue("--role", "server", "--name", "signer", "--hosts", "127.0.0.1,signer.internal");
    const client = await issue("--role", "client", "--name", "chain-service");
    for (const [name, result] of [["signer", server] as const, ["chain-service", client] as const]) {
      expect(result.code).toBe(0);
      const printed = JSON.parse(result.stdout) as { certificate: string; key: string; pin: string };
      expect(printed.key).toBe(path.join(folder, `${name}.key`));
      expect(statSync(printed.key).mode & 0o777).toBe(0o600);
      expect((await attestor(["certs", "pin", printed.certificate])).stdout).toBe(`${printed.pin}\n`);
    }
  });

  it("keeps the pin when a certificate is renewed", async () => {
    await ca();
    const first = await issue("--role", "client", "--name", "chain-service");
    const again = await issue("--role", "client", "--name", "chain-service", "--renew");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(first.stdout));
  });

  it("replaces nothing that exists, and says so", async () => {
    await ca();
    const again = await ca();
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("ca.key");
  });

  it("refuses a role that is none, and a file that is no certificate, with exit code 2", async () => {
    await ca();
    expect((await issue("--role", "both", "--name", "x")).code).toBe(2);
    const pin = await attestorHere(["certs", "pin", path.join(folder, "ca.key")]);
    expect(pin.stderr).toContain("is not a certificate");
    expect(pin.code).toBe(2);
  });
});
