import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import {
  findSoftHsmModule,
  type GeneratedKey,
  generateKey,
  initialiseToken,
  readPinFile,
} from "../../hsm/provisioning/index.ts";
import { compileCache } from "./compileCache.ts";

export interface SoftHsmOptions {
  /** Keys to generate inside the token; ids are 4 hex digits. */
  readonly keys: readonly { readonly label: string; readonly id: string }[];
  /** Label of the token. */
  readonly token?: string;
}

/** A SoftHSM of a test's own: one token in a folder that `remove` deletes. */
export interface SoftHsm {
  readonly folder: string;
  /** What `SOFTHSM2_CONF` has to name. */
  readonly confFile: string;
  /** To be merged into the environment of whatever uses the token. */
  readonly env: { readonly SOFTHSM2_CONF: string } & Readonly<Record<string, string>>;
  /** SoftHSM's PKCS#11 library. */
  readonly module: string;
  readonly token: string;
  readonly serial: string;
  /** Digits that occur nowhere else, so that output can be searched for them. */
  readonly pin: string;
  readonly pinFile: string;
  /** In the order of the options. */
  readonly keys: readonly (GeneratedKey & { readonly label: string; readonly id: string })[];
  remove(): void;
}

interface Plan extends Required<SoftHsmOptions> {
  readonly module: string;
  readonly pinFile: string;
  readonly officerPinFile: string;
}

interface Provisioned {
  readonly serial: string;
  readonly keys: readonly GeneratedKey[];
}

/**
 * Makes a token with keys generated inside. Fails where SoftHSM is not installed.
 *
 * The module is loaded in a process of its own: SoftHSM reads `SOFTHSM2_CONF` from the C environment when it
 * initialises, which a test's worker may not be able to set, and one process can initialise it only once at a time.
 */
export async function createSoftHsm({ keys, token = "test" }: SoftHsmOptions): Promise<SoftHsm> {
  const module = findSoftHsmModule();
  const folder = mkdtempSync(path.join(tmpdir(), "softhsm-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const confFile = path.join(folder, "softhsm2.conf");
    const tokens = path.join(folder, "tokens");
    mkdirSync(tokens, { mode: 0o700 });
    writeFileSync(confFile, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    const pin = digits();
    const pinFile = pinFileWith(folder, "pin", pin);
    const officerPinFile = pinFileWith(folder, "so-pin", digits());
    const env = { SOFTHSM2_CONF: confFile, ...compileCache };
    const made = await provisionElsewhere({ keys, token, module, pinFile, officerPinFile }, env);
    const named = made.keys.map((key, index) => ({
      ...key,
      label: keys[index]?.label ?? "",
      id: keys[index]?.id ?? "",
    }));
    return { folder, confFile, env, module, token, serial: made.serial, pin, pinFile, keys: named, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function digits(): string {
  return Array.from({ length: 12 }, () => randomInt(10)).join("");
}

function pinFileWith(folder: string, name: string, pin: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `${pin}\n`, { mode: 0o600 });
  return file;
}

async function provisionElsewhere(plan: Plan, env: SoftHsm["env"]): Promise<Provisioned> {
  const running = promisify(execFile)(process.execPath, [import.meta.filename], { env: { ...process.env, ...env } });
  running.child.stdin?.end(JSON.stringify(plan));
  return JSON.parse((await running).stdout) as Provisioned;
}

function provision({ keys, token, module, pinFile, officerPinFile }: Plan): Provisioned {
  const pin = readPinFile(pinFile);
  const { serial } = initialiseToken({
    ...{ module, label: token, pin: pin.value },
    securityOfficerPin: readPinFile(officerPinFile).value,
  });
  return { serial, keys: keys.map((key) => generateKey({ module, token, pin, pinFile, ...key })) };
}

if (import.meta.main) {
  const plan = JSON.parse(await text(process.stdin)) as Plan;
  process.stdout.write(JSON.stringify(provision(plan)));
}
