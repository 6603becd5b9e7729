import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TlsFiles } from "../../../shared/config/index.ts";
import { readTlsIdentity } from "../../../shared/tls/index.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { configProblems, refusal } from "../refusal.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

let pki: TestPki;
beforeAll(async () => {
  pki = await createTestPki();
});
afterAll(() => pki.remove());

const problems = (changes: Partial<TlsFiles>) =>
  configProblems(() => readTlsIdentity({ ...pki.serverIdentity.files, ...changes }, "signer.yaml"));

function fileWith(text: string): string {
  const file = path.join(temporaryFolder(), "file.pem");
  writeFileSync(file, text);
  return file;
}

describe("a TLS identity", () => {
  it("is read as its three PEM texts", () => {
    const { files, certificate, key, peerAuthority } = pki.serverIdentity;
    expect(readTlsIdentity(files, "signer.yaml")).toEqual({ certificate, key, peerAuthority });
  });

  it("is refused under the name of the configuration file, where its reader has to look", () => {
    const files = { ...pki.serverIdentity.files, key: "/nonexistent.key" };
    expect(refusal("config_invalid", () => readTlsIdentity(files, "signer.yaml")).message).toBe(
      "signer.yaml has a problem:\n  - tls.key: /nonexistent.key cannot be read (ENOENT: there is no such file)",
    );
  });

  it.each(["certificate", "key", "peerAuthority"] as const)(
    "is refused when %s is missing, empty or something else",
    (setting) => {
      const kind = setting === "key" ? "private key" : "certificate";
      expect(problems({ [setting]: "/nonexistent.pem" })).toEqual([
        `tls.${setting}: /nonexistent.pem cannot be read (ENOENT: there is no such file)`,
      ]);
      for (const text of ["", "hello\n", "-----BEGIN CERTIFICATE-----\ns3cret\n-----END CERTIFICATE-----\n"]) {
        const file = fileWith(text);
        const [problem, ...others] = problems({ [setting]: file });
        expect(problem).toMatch(new RegExp(`^tls\\.${setting}: ${file} is not a ${kind} in PEM \\(\\w+\\)$`));
        expect(others).toEqual([]);
      }
    },
  );

  it("is refused when the key belongs to another certificate", async () => {
    const other = (await pki.clientIdentity("alice")).files.key;
    expect(problems({ key: other })).toEqual([`tls.key: ${other} does not belong to tls.certificate`]);
  });

  it("is refused when the peer authority is no authority", () => {
    const leaf = pki.serverIdentity.files.certificate;
    expect(problems({ peerAuthority: leaf })).toEqual([
      `tls.peerAuthority: ${leaf} is not the certificate of an authority`,
    ]);
  });

  it("is refused when certificate and key changed places, without a byte of the key in the answer", () => {
    const { certificate, key } = pki.serverIdentity.files;
    const secretLines = readFileSync(key, "utf8")
      .split("\n")
      .filter((line) => line && !line.startsWith("-----"));
    const text = problems({ certificate: key, key: certificate }).join();
    for (const line of secretLines) expect(text).not.toContain(line);
  });
});
