import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { formatKeyUri, type KeySpec, parseKeyUri } from "../../../../hsm/index.ts";
import type { SoftHsm } from "../../../support/softhsm.ts";

const headers = path.join(import.meta.dirname, "../../../../node_modules/pkcs11js/includes");

type Function = "C_Login" | "C_OpenSession" | "C_SignInit" | "C_Sign";

/** A PKCS#11 module over a test's SoftHSM that fails as it is told. */
export interface FaultyModule {
  /** From now on this function does this, in every process: see faultyModule.c. */
  plan(name: Function, action: "hang" | "crash" | "wrong" | "zero" | "short" | "babble" | "forge" | number): void;
  /** From now on every call is passed on. */
  behave(): void;
  /** How often the function was called so far. */
  calls(name: Function): number;
  /** The key as reached through this module. */
  through(spec: KeySpec): KeySpec;
}

/** Compiles the module into the token's folder. */
export function createFaultyModule(hsm: SoftHsm): FaultyModule {
  const [control, log, library] = ["control", "calls", "faulty.so"].map((name) => path.join(hsm.folder, name));
  if (!control || !log || !library) throw new Error("unreachable");
  const paths = { REAL_MODULE: hsm.module, CONTROL_FILE: control, LOG_FILE: log };
  execFileSync("gcc", [
    ...["-shared", "-fPIC", "-Wall", "-Werror", `-I${headers}`],
    ...Object.entries(paths).map(([name, value]) => `-D${name}="${value}"`),
    ...[path.join(import.meta.dirname, "faultyModule.c"), "-o", library, "-ldl"],
  ]);
  return {
    plan: (name, action) => writeFileSync(control, `${name} ${action}\n`),
    behave: () => rmSync(control, { force: true }),
    calls: (name) =>
      (existsSync(log) ? readFileSync(log, "utf8").split("\n") : []).filter((line) => line === name).length,
    through: (spec) => ({ ...spec, uri: formatKeyUri({ ...parseKeyUri(spec.uri), module: library }) }),
  };
}
