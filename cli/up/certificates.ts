import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type CertificateFiles, createAuthority, issueCertificate } from "../../certs/index.ts";
import type { AttestorPlan, NetworkPlan } from "./plan.ts";
import { createSshKey } from "./sshKey.ts";

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const hosts = ["127.0.0.1", "localhost"];
const days = 365;

/** The two people who run each attestor of the local network. */
const operatorNames = ["operator-1", "operator-2"];

function pair(folder: string, name: string): Pair {
  return { certificate: path.join(folder, `${name}.crt`), key: path.join(folder, `${name}.key`) };
}

/** An attestor's certificates, all from its own authority. Its chain-service trusts the collector's authority as well. */
export function attestorCertificates(attestor: AttestorPlan) {
  const folder = path.join(attestor.folder, "certificates");
  return {
    folder,
    authority: path.join(folder, "ca.crt"),
    signer: pair(folder, "signer"),
    chain: pair(folder, "chain-service"),
    operators: operatorNames.map((name) => ({ name, ...pair(folder, name), ssh: path.join(folder, `${name}.ssh`) })),
    peerAuthorities: path.join(folder, "peers.crt"),
  };
}

/** The collector's certificate, from its own authority, and the bundle of the attestors' authorities. */
export function collectorCertificates(plan: NetworkPlan) {
  const folder = path.join(plan.collector.folder, "certificates");
  return {
    folder,
    authority: path.join(folder, "ca.crt"),
    collector: pair(folder, "collector"),
    clientAuthorities: path.join(folder, "clients.crt"),
  };
}

/** Makes every authority and certificate of the network: four authorities that do not know each other. */
export async function issueCertificates(plan: NetworkPlan): Promise<void> {
  const collector = collectorCertificates(plan);
  await issue(
    await createAuthority({ commonName: "collector authority", folder: collector.folder }),
    collector.folder,
    [["collector", "server"]],
  );
  for (const attestor of plan.attestors) {
    const own = attestorCertificates(attestor);
    await issue(await createAuthority({ commonName: `${attestor.name} authority`, folder: own.folder }), own.folder, [
      ["signer", "server"],
      ["chain-service", "client"],
      ...operatorNames.map((name) => [name, "client"] as const),
    ]);
    for (const { name, ssh } of own.operators) createSshKey(ssh, name);
    bundle(own.peerAuthorities, [own.authority, collector.authority]);
  }
  bundle(
    collector.clientAuthorities,
    plan.attestors.map((attestor) => attestorCertificates(attestor).authority),
  );
}

async function issue(
  authority: CertificateFiles,
  folder: string,
  names: readonly (readonly [string, "server" | "client"])[],
): Promise<void> {
  for (const [commonName, role] of names) {
    await issueCertificate({ authority, role, commonName, folder, days, ...(role === "server" ? { hosts } : {}) });
  }
}

function bundle(file: string, authorities: readonly string[]): void {
  writeFileSync(file, authorities.map((authority) => readFileSync(authority, "utf8")).join(""));
}
