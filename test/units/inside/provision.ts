import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createSshKey } from "../../../cli/up/sshKey.ts";
import { type Bridge, startBridge } from "./bridge.ts";
import { writeConfigurations } from "./configurations.ts";
import {
  attestor,
  attestorWithPin,
  checkout,
  configFolder,
  configOf,
  run,
  type ServiceName,
  services,
  stateOf,
  unitOf,
} from "./machine.ts";

/** Where the operator keeps the authority and what it issued: in the home of that machine's root. */
export const pki = "/root/pki";

/** Does what docs/run-in-production.md tells an operator to do, by the commands that it gives, up to the services' start. */
export async function provision(): Promise<Bridge> {
  installUnits();
  const pins = issueCertificates();
  const keys = generateKeys();
  const bridge = await startBridge([keys.alpha.address, keys.beta.address]);
  writeConfigurations(bridge, keys, pins);
  makeLedger();
  return bridge;
}

/** The token's PINs, and one that it does not have. */
export const pin = "314159265358";
export const officerPin = "271828182845";
export const wrongPin = "999999999999";

function installUnits(): void {
  const units = path.join(checkout, "deploy/systemd");
  run("sh", "-c", `install -D -m 644 ${units}/sysusers.conf /etc/sysusers.d/hsm-attestor.conf && systemd-sysusers`);
  run("sh", "-c", `cp ${units}/attestor-*.service /etc/systemd/system/ && systemctl daemon-reload`);
  mkdirSync(path.join(configFolder, "tls"), { recursive: true });
}

function issueCertificates() {
  attestor("certs", "ca", "--folder", pki, "--name", "acme attestor authority");
  const issue = (service: ServiceName, role: string, name: string, ...more: string[]) => {
    attestor("certs", "issue", "--authority", pki, "--role", role, "--name", name, "--folder", pki, ...more);
    for (const kind of ["crt", "key"]) {
      const file = path.join(configFolder, "tls", `${name}.${kind}`);
      const owner = ["-o", unitOf(service), "-g", unitOf(service)];
      run("install", ...owner, "-m", "400", path.join(pki, `${name}.${kind}`), file);
    }
    return attestor("certs", "pin", path.join(pki, `${name}.crt`)).trim();
  };
  run("install", "-m", "444", path.join(pki, "ca.crt"), path.join(configFolder, "tls/ca.crt"));
  const pins = {
    signer: issue("signer", "server", "signer", "--hosts", "127.0.0.1"),
    collector: issue("collector", "server", "collector", "--hosts", "127.0.0.1"),
    chain: issue("chain", "client", "chain-service"),
  };
  const operators = ["olga", "otto"].map((name) => {
    attestor("certs", "issue", "--authority", pki, "--role", "client", "--name", name, "--folder", pki);
    createSshKey(path.join(pki, `${name}.ssh`), name);
    const certificatePins = [attestor("certs", "pin", path.join(pki, `${name}.crt`)).trim()];
    return { name, certificatePins, signingKeys: [readFileSync(path.join(pki, `${name}.ssh.pub`), "utf8").trim()] };
  });
  return { ...pins, operators };
}
export type Pins = ReturnType<typeof issueCertificates>;

/** A key as `hsm keygen` prints it. */
export interface Key {
  readonly uri: string;
  readonly publicKey: string;
  readonly address: string;
}

function makeFolder(service: ServiceName, folder: string): void {
  run("install", "-d", "-m", "700", "-o", unitOf(service), "-g", unitOf(service), folder);
}

export type Keys = Readonly<Record<"alpha" | "beta" | "audit", Key>>;

function generateKeys(): Keys {
  writeFileSync(path.join(configFolder, "pin"), `${pin}\n`, { mode: 0o600 });
  writeFileSync("/root/so-pin", `${officerPin}\n`, { mode: 0o600 });
  for (const service of ["keeper", "signer"] as const) makeFolder(service, stateOf(service));
  makeFolder("keeper", `${stateOf("keeper")}/tokens`);
  const softhsm = path.join(configFolder, "softhsm2.conf");
  writeFileSync(softhsm, `directories.tokendir = ${stateOf("keeper")}/tokens\nlog.level = ERROR\n`);
  const pinFile = path.join(configFolder, "pin");
  const hsm = (...words: string[]) =>
    JSON.parse(run("env", `SOFTHSM2_CONF=${softhsm}`, path.join(checkout, "attestor"), "hsm", ...words, "--json"));
  hsm("init", "--label", "acme", "--pin-file", pinFile, "--so-pin-file", "/root/so-pin");
  const generate = (label: string, id: string): Key => {
    const key: Key = hsm("keygen", "--token", "acme", "--label", label, "--id", id, "--pin-file", pinFile);
    return { ...key, uri: key.uri.replace(/pin-source=[^&]*/, "pin-source=file:$CREDENTIALS_DIRECTORY/hsm-pin") };
  };
  return { alpha: generate("to-alpha", "0001"), beta: generate("to-beta", "0002"), audit: generate("audit", "0003") };
}

function makeLedger(): void {
  for (const service of services) attestor("config", "check", configOf(service));
  attestor("policy", "check", path.join(configFolder, "policy.yaml"), "--config", configOf("signer"));
  attestorWithPin("ledger", "init", "--config", configOf("signer"));
  for (const service of ["keeper", "signer"] as const) run("chown", "-R", `${unitOf(service)}:`, stateOf(service));
}
