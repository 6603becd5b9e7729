import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type CertificateFiles, createAuthority, issueCertificate } from "../../certs/index.ts";
import type { TlsFiles } from "../../shared/config/index.ts";
import { pinOf, type TlsIdentity } from "../../shared/tls/index.ts";

type Role = "server" | "client";

/** A certificate with its key, as PEM texts and as the files that a configuration names. */
export interface TestIdentity extends TlsIdentity {
  readonly pin: string;
  readonly files: TlsFiles;
}

/** One authority and what it issued, for a test's own TLS servers and clients on 127.0.0.1 and localhost. */
export interface TestPki {
  /** The server named "server". */
  readonly serverIdentity: TestIdentity;
  /** A further server with a key of its own; the same object for the same name. */
  otherServer(name: string): Promise<TestIdentity>;
  /** A client with a key of its own; the same object for the same name. */
  clientIdentity(name: string): Promise<TestIdentity>;
  /** From the right authority, but its validity ended yesterday. */
  expired(role?: Role): Promise<TestIdentity>;
  /** Signed by its own key. */
  selfSigned(): Promise<TestIdentity>;
  /** Issued by an authority that nobody trusts; itself it trusts the right one. */
  otherAuthority(role?: Role): Promise<TestIdentity>;
  /** Client name by pin, of every client that `clientIdentity` has made so far. */
  readonly pins: ReadonlyMap<string, string>;
  readonly files: { readonly folder: string; readonly authority: CertificateFiles };
  /** Deletes the folder. */
  remove(): void;
}

const dayMs = 86_400_000;

/** @param folder default a new one under the system's temporary folder. */
export async function createTestPki(folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-pki-"))): Promise<TestPki> {
  const authority = await createAuthority({ commonName: "test authority", folder, notBefore: daysAgo(30) });
  const made = new Map<string, Promise<TestIdentity>>();
  const pins = new Map<string, string>();

  const identity = (files: CertificateFiles): TestIdentity => {
    const certificate = readFileSync(files.certificateFile, "utf8");
    return {
      certificate,
      key: readFileSync(files.keyFile, "utf8"),
      peerAuthority: readFileSync(authority.certificateFile, "utf8"),
      pin: pinOf(certificate),
      files: { certificate: files.certificateFile, key: files.keyFile, peerAuthority: authority.certificateFile },
    };
  };
  const once = (name: string, make: () => Promise<CertificateFiles>): Promise<TestIdentity> => {
    const existing = made.get(name) ?? make().then(identity);
    made.set(name, existing);
    return existing;
  };
  const issue = (role: Role, commonName: string, changes: { notBefore?: Date; authority?: CertificateFiles } = {}) =>
    issueCertificate({
      authority,
      role,
      commonName,
      hosts: role === "server" ? ["127.0.0.1", "localhost"] : [],
      days: 20,
      folder,
      ...changes,
    });
  const newAuthority = (name: string) =>
    createAuthority({ commonName: name, folder: path.join(folder, name), notBefore: daysAgo(30) });

  return {
    serverIdentity: await once("server:server", () => issue("server", "server")),
    otherServer: (name) => once(`server:${name}`, () => issue("server", name)),
    clientIdentity: async (name) => {
      const client = await once(`client:${name}`, () => issue("client", name));
      pins.set(client.pin, name);
      return client;
    },
    expired: (role = "client") =>
      once(`expired:${role}`, () => issue(role, `expired-${role}`, { notBefore: daysAgo(21) })),
    selfSigned: () =>
      once("self-signed", async () => {
        const self = await newAuthority("self-signed");
        // the same name and the same key on both sides of the signature
        copyFileSync(self.keyFile, path.join(folder, "self-signed.key"));
        return issueCertificate({
          authority: self,
          role: "client",
          commonName: "self-signed",
          days: 20,
          folder,
          renew: true,
        });
      }),
    otherAuthority: (role = "client") =>
      once(`other:${role}`, async () =>
        issue(role, `other-${role}`, { authority: await newAuthority(`other-authority-${role}`) }),
      ),
    pins,
    files: { folder, authority },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * dayMs);
}
