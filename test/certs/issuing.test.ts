import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CertificateFiles,
  type CertificateRequest,
  createAuthority,
  issueCertificate,
} from "../../certs/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { pinOf } from "../../shared/tls/index.ts";

const dayMs = 86_400_000;
let folder: string;
let authority: CertificateFiles;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-certs-"));
  authority = await createAuthority({ commonName: "an authority", folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

function issue(changes: Partial<CertificateRequest>): Promise<CertificateFiles> {
  return issueCertificate({ authority, role: "client", commonName: "a-client", days: 30, folder, ...changes });
}

function read({ certificateFile }: CertificateFiles): X509Certificate {
  return new X509Certificate(readFileSync(certificateFile));
}

/** The code and sentence that a refusal carries. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isAttestorError(error) ? `${error.code} ${error.message}` : String(error);
}

describe("createAuthority", () => {
  it("makes a self-signed certificate that may sign end certificates only", () => {
    const certificate = read(authority);
    expect(certificate.subject).toBe("CN=an authority");
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.toLegacyObject().ext_key_usage).toBeUndefined();
  });

  it("writes the key for its owner's eyes only", () => {
    expect(statSync(authority.keyFile).mode & 0o777).toBe(0o600);
  });

  it("leaves an authority that exists as it is", async () => {
    const before = readFileSync(authority.keyFile, "utf8");
    expect(await refusal(createAuthority({ commonName: "another", folder }))).toMatch(/^conflict .*ca\.key exists/);
    expect(readFileSync(authority.keyFile, "utf8")).toBe(before);
  });
});

describe("issueCertificate", () => {
  it("issues a server certificate for DNS names and IP addresses", async () => {
    const certificate = read(
      await issue({ role: "server", commonName: "s1", hosts: ["signer.test", "127.0.0.1", "::1"] }),
    );
    expect(certificate.checkIssued(read(authority))).toBe(true);
    expect(certificate.verify(read(authority).publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.checkHost("signer.test")).toBe("signer.test");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("::1")).toBe("::1");
    expect(certificate.checkHost("other.test")).toBeUndefined();
  });

  it("issues a client certificate that names no host, with its key for its owner's eyes only", async () => {
    const files = await issue({ commonName: "c1" });
    const certificate = read(files);
    expect(certificate.subject).toBe("CN=c1");
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(statSync(files.keyFile).mode & 0o777).toBe(0o600);
  });

  it("gives each certificate its own serial number", async () => {
    const [first, second] = [await issue({ commonName: "n1" }), await issue({ commonName: "n2" })];
    expect(read(first).serialNumber).not.toBe(read(second).serialNumber);
  });

  it("counts validity from the given start", async () => {
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 - 10 * dayMs);
    const certificate = read(await issue({ commonName: "past", notBefore, days: 3 }));
    expect(certificate.validFromDate).toEqual(notBefore);
    expect(certificate.validToDate).toEqual(new Date(notBefore.getTime() + 3 * dayMs));
  });

  it("keeps the key, and so the pin, when it renews", async () => {
    const first = await issue({ commonName: "renewed" });
    const [before, key] = [readFileSync(first.certificateFile, "utf8"), readFileSync(first.keyFile, "utf8")];
    const second = await issue({ commonName: "renewed", renew: true, days: 60 });
    const after = readFileSync(second.certificateFile, "utf8");
    expect(after).not.toBe(before);
    expect(pinOf(after)).toBe(pinOf(before));
    expect(readFileSync(second.keyFile, "utf8")).toBe(key);
  });

  it("never replaces a key", async () => {
    const { keyFile } = await issue({ commonName: "precious" });
    const before = readFileSync(keyFile, "utf8");
    expect(await refusal(issue({ commonName: "precious" }))).toMatch(/^conflict .*precious\.key exists already/);
    expect(readFileSync(keyFile, "utf8")).toBe(before);
  });

  const refused: [string, Partial<CertificateRequest>, RegExp][] = [
    ["a server without a host", { role: "server" }, /^usage .*at least one host/],
    ["a host for a client", { hosts: ["localhost"] }, /^usage hosts belong to a server/],
    ["a host that is no host", { role: "server", hosts: ["not a host"] }, /^usage host not a host is neither/],
    ["a name that is a path", { commonName: "../evil" }, /^usage the name/],
    ["no validity at all", { days: 0 }, /^usage days must be above 0/],
    ["days that are no number", { days: Number.NaN }, /^usage days must be above 0/],
    ["a life longer than the authority's", { days: 3_651 }, /^usage the authority's certificate ends on/],
    [
      "a renewal of a key that is not there",
      { commonName: "absent", renew: true },
      /^usage .*absent\.key cannot be read/,
    ],
  ];
  it.each(refused)("refuses %s and writes nothing", async (_what, changes, reason) => {
    const target = path.join(folder, "refused");
    expect(await refusal(issue({ commonName: "refused", folder: target, ...changes }))).toMatch(reason);
    expect(statSync(target, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("refuses an authority whose key is another's", async () => {
    const other = await createAuthority({ commonName: "other", folder: path.join(folder, "other") });
    const mixed = { certificateFile: authority.certificateFile, keyFile: other.keyFile };
    expect(await refusal(issue({ commonName: "mixed", authority: mixed }))).toMatch(
      /^usage .*is not the authority that/,
    );
  });

  it("refuses to let an end certificate issue others", async () => {
    const end = await issue({ commonName: "end" });
    expect(await refusal(issue({ commonName: "below", authority: end }))).toMatch(/^usage .*is not the authority that/);
  });
});
