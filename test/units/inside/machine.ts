import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";

/** Where the units expect the checkout, and what an operator puts beside it. */
export const checkout = path.join(import.meta.dirname, "..", "..", "..");
export const configFolder = "/etc/hsm-attestor";
export const services = ["keeper", "signer", "collector", "chain"] as const;
export type ServiceName = (typeof services)[number];

export const unitOf = (service: ServiceName) => `attestor-${service}`;
export const stateOf = (service: ServiceName) => `/var/lib/${unitOf(service)}`;
export const configOf = (service: ServiceName) => path.join(configFolder, `${service}.yaml`);

/** Runs a program of this machine to its end. Throws with its words if it fails. */
export function run(program: string, ...words: string[]): string {
  return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
}

/** Runs one that may fail. */
export function attempt(program: string, ...words: string[]): { code: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", timeout: 120_000 });
  return { code: status, printed: stdout + stderr };
}

/** One of our commands, by the launcher that the units start too. */
export const attestor = (...words: string[]) => run(path.join(checkout, "attestor"), ...words);

/** The same as the keepers' unit has it: with the PIN as a credential, and SoftHSM's configuration. */
export function attestorWithPin(...words: string[]): string {
  const credential = `LoadCredential=hsm-pin:${configFolder}/pin`;
  const tokens = `SOFTHSM2_CONF=${configFolder}/softhsm2.conf`;
  const asUnit = ["--quiet", "--wait", "--pipe", "--collect", "-p", credential, "-E", tokens];
  return run("systemd-run", ...asUnit, path.join(checkout, "attestor"), ...words);
}

/** What systemd says of a unit. */
export function property(service: ServiceName, name: string): string {
  return run("systemctl", "show", "--value", `--property=${name}`, unitOf(service)).trim();
}
