import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { AttestorError } from "../../shared/errors/index.ts";
import type { AttestorKey, AttestorKeys, KeyName } from "./network.ts";
import type { AttestorPlan } from "./plan.ts";

const run = promisify(execFile);
const runCommands = path.join(import.meta.dirname, "runCommands.ts");

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
  const labels = [
    keyLabels.alpha,
    keyLabels.beta,
    "audit",
    ...(withAleo ? [keyLabels.aleo, keyLabels.alphaFromAleo] : []),
  ];
  const [, ...made] = await provisioning(attestor, [
    ["hsm", "init", "--label", attestor.name, "--pin-file", pin, "--so-pin-file", officerPin],
    ...labels.map((label, index) => {
      const id = `${index + 1}`.padStart(4, "0");
      return ["hsm", "keygen", "--token", attestor.name, "--label", label, "--id", id, "--pin-file", pin];
    }),
  ]);
  const [alpha, beta, audit, aleo, alphaFromAleo] = made as AttestorKey[];
  if (!alpha || !beta || !audit) throw new Error("each command prints a key");
  return { alpha, beta, audit, ...(aleo && alphaFromAleo && { aleo, alphaFromAleo }) };
}

/** Creates an attestor's ledger and binds its keys to it. */
export async function createLedger(attestor: AttestorPlan, configFile: string): Promise<void> {
  await provisioning(attestor, [["ledger", "init", "--config", configFile]]);
}

/** Runs some of our commands with the attestor's token folder, and returns the JSON that each prints. */
async function provisioning(attestor: AttestorPlan, commands: readonly string[][]): Promise<unknown[]> {
  const env = { ...process.env, ...softHsmEnvironment(attestor) };
  const running = run(process.execPath, [runCommands], { env });
  running.child.stdin?.end(JSON.stringify(commands.map((words) => [...words, "--json"])));
  const { stdout } = await running.catch((error: unknown) => {
    const told = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    const names = commands.map((words) => words.slice(0, 2).join(" "));
    throw new AttestorError("setup_needed", {
      reason: `${attestor.name}: ${[...new Set(names)].join(", ")} failed: ${told}`,
    });
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function writePin(attestor: AttestorPlan, name: string): string {
  const file = path.join(attestor.folder, name);
  const digits = Array.from({ length: 12 }, () => randomInt(10)).join("");
  writeFileSync(file, `${digits}\n`, { mode: 0o600 });
  return file;
}
