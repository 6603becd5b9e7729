import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { AttestorError } from "../../shared/errors/index.ts";
import type { AttestorKey, AttestorKeys, KeyName } from "./network.ts";
import type { AttestorPlan } from "./plan.ts";

const run = promisify(execFile);
const main = path.join(import.meta.dirname, "..", "main.ts");

/** What keys are called in tokens and configurations. */
export const keyLabels: Readonly<Record<KeyName, string>> = {
  alpha: "to-alpha",
  beta: "to-beta",
  aleo: "to-aleo",
  alphaFromAleo: "to-alpha-from-aleo",
};

/** How SoftHSM finds an attestor's own token folder; its signer and keeper need it as well. */
export function softHsmEnvironment(attestor: AttestorPlan): Record<string, string> {
  return { SOFTHSM2_CONF: path.join(attestor.folder, "softhsm2.conf") };
}

/**
 * Makes an attestor's token and generates its keys inside, one per destination chain and one for the audit chain, by the
 * same commands that an operator types.
 */
export async function createToken(attestor: AttestorPlan, withAleo: boolean): Promise<AttestorKeys> {
  const tokens = path.join(attestor.folder, "tokens");
  mkdirSync(tokens, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(attestor.folder, "softhsm2.conf"), `directories.tokendir = ${tokens}\nlog.level = ERROR\n`);
  const pin = writePin(attestor, "pin");
  const officerPin = writePin(attestor, "so-pin");
  await provisioning(attestor, "hsm init", "--label", attestor.name, "--pin-file", pin, "--so-pin-file", officerPin);
  const keygen = async (label: string, id: string): Promise<AttestorKey> =>
    (await provisioning(
      attestor,
      ...["hsm keygen", "--token", attestor.name, "--label", label, "--id", id, "--pin-file", pin],
    )) as AttestorKey;
  const keys = {
    alpha: await keygen(keyLabels.alpha, "0001"),
    beta: await keygen(keyLabels.beta, "0002"),
    audit: await keygen("audit", "0003"),
  };
  if (!withAleo) return keys;
  const aleo = await keygen(keyLabels.aleo, "0004");
  return { ...keys, aleo, alphaFromAleo: await keygen(keyLabels.alphaFromAleo, "0005") };
}

/** Creates an attestor's ledger and binds its keys to it. */
export async function createLedger(attestor: AttestorPlan, configFile: string): Promise<void> {
  await provisioning(attestor, "ledger init", "--config", configFile);
}

/** Runs one of our commands with the attestor's token folder, and returns the JSON that it prints. */
async function provisioning(attestor: AttestorPlan, command = "", ...words: string[]): Promise<unknown> {
  const env = { ...process.env, ...softHsmEnvironment(attestor) };
  const line = [main, ...command.split(" "), ...words, "--json"];
  const { stdout } = await run(process.execPath, line, { env }).catch((error: unknown) => {
    const told = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new AttestorError("setup_needed", { reason: `${attestor.name}: ${command} failed: ${told}` });
  });
  return JSON.parse(stdout);
}

function writePin(attestor: AttestorPlan, name: string): string {
  const file = path.join(attestor.folder, name);
  const digits = Array.from({ length: 12 }, () => randomInt(10)).join("");
  writeFileSync(file, `${digits}\n`, { mode: 0o600 });
  return file;
}
