import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { formatKeyUri, type KeySpec, parseKeyUri } from "../../../hsm/index.ts";
import type { SoftHsm } from "../softhsm.ts";

const headers = path.join(import.meta.dirname, "../../../node_modules/pkcs11js/includes");

/** The functions that can be planned, in the order of faultyModule.c. */
const functions = [
  "C_Initialize",
  "C_GetSlotList",
  "C_GetTokenInfo",
  "C_OpenSession",
  "C_CloseSession",
  "C_GetSessionInfo",
  "C_Login",
  "C_FindObjectsInit",
  "C_FindObjects",
  "C_FindObjectsFinal",
  "C_GetAttributeValue",
  "C_SignInit",
  "C_Sign",
  "delay",
] as const;
export type FaultyFunction = Exclude<(typeof functions)[number], "delay">;

/** What a function can be told to do, in the order of faultyModule.c, where each is described. */
const actions = [
  "pass",
  "answer",
  "hang",
  "crash",
  "abort",
  "wrong",
  "otherKey",
  "zero",
  "highS",
  "short",
  "babble",
  "forge",
  "odd",
  "flood",
  "spew",
  "slow",
  "garble",
  "otherToken",
  "substitute",
  "parallel",
  "serial",
] as const;
type Action = (typeof actions)[number];
export type FaultyAction = Exclude<Action, "pass" | "answer" | "garble" | "substitute" | "parallel" | "serial">;

/** Bytes of a record, and where in it its parts are. */
const record = { size: 32, calls: 24 };

/** Bytes of the substitute, of which the value has all but the two lengths before it. */
const substitute = { size: 1_040, value: 16 };

/** A PKCS#11 module over a test's SoftHSM that fails as it is told, in every process that has loaded it. */
export interface FaultyModule {
  /** This function does this, or returns this CK_RV, in its next calls. @param times default always. */
  plan(name: FaultyFunction, action: FaultyAction | number, times?: number): void;
  /** C_GetAttributeValue gives bytes and lengths by chance. */
  garble(seed: number): void;
  /**
   * C_GetAttributeValue gives these bytes, up to 1,024, for this attribute, whatever the object has.
   *
   * @param lengths what it says instead of their number: `announced` when asked how long, `given` when it gives them.
   */
  substitute(type: number, value: Uint8Array, lengths?: { readonly announced?: bigint; readonly given?: bigint }): void;
  /** Every C_Sign takes longer: all at the same time, or one after the other in each process. */
  delay(kind: "parallel" | "serial", milliseconds: number): void;
  /** From now on every call is passed on at once. */
  behave(): void;
  /** How often the function was called so far, in all processes. */
  calls(name: FaultyFunction): number;
  /** The key as reached through this module. */
  through(spec: KeySpec): KeySpec;
}

/** Compiles the module into the token's folder. */
export function createFaultyModule(hsm: Pick<SoftHsm, "folder" | "module">, name = "faulty"): FaultyModule {
  const [library, control] = ["so", "control"].map((ending) => path.join(hsm.folder, `${name}.${ending}`)) as [
    string,
    string,
  ];
  writeFileSync(control, Buffer.alloc(functions.length * record.size + substitute.size));
  execFileSync("cc", [
    ...["-shared", "-fPIC", "-O1", "-Wall", "-Werror", `-I${headers}`],
    ...[`-DREAL_MODULE="${hsm.module}"`, `-DCONTROL_FILE="${control}"`],
    ...[path.join(import.meta.dirname, "faultyModule.c"), "-o", library, "-ldl", "-lpthread"],
  ]);

  const set = (name: (typeof functions)[number], action: Action, value = 0, times = Number.POSITIVE_INFINITY) => {
    const remaining = action === "pass" ? 0n : Number.isFinite(times) ? BigInt(times) : -1n;
    const bytes = Buffer.alloc(record.calls);
    bytes.writeUInt32LE(actions.indexOf(action), 0);
    bytes.writeBigInt64LE(remaining, 8);
    bytes.writeBigUInt64LE(BigInt(value), 16);
    atRecord(control, name, "r+", (file, at) => writeSync(file, bytes, 0, bytes.length, at));
  };
  return {
    plan: (name, action, times) =>
      typeof action === "number" ? set(name, "answer", action, times) : set(name, action, 0, times),
    garble: (seed) => set("C_GetAttributeValue", "garble", seed),
    substitute(type, value, { announced, given } = {}) {
      const bytes = Buffer.alloc(substitute.size);
      bytes.writeBigUInt64LE(announced ?? BigInt(value.length), 0);
      bytes.writeBigUInt64LE(given ?? BigInt(value.length), 8);
      bytes.set(value, substitute.value);
      atRecord(control, "delay", "r+", (file, at) => writeSync(file, bytes, 0, bytes.length, at + record.size));
      set("C_GetAttributeValue", "substitute", type);
    },
    delay: (kind, milliseconds) => set("delay", kind, milliseconds * 1_000),
    behave() {
      for (const name of functions) set(name, "pass");
    },
    calls(name) {
      const count = Buffer.alloc(8);
      atRecord(control, name, "r", (file, at) => readSync(file, count, 0, count.length, at + record.calls));
      return Number(count.readBigUInt64LE());
    },
    through: (spec) => ({ ...spec, uri: formatKeyUri({ ...parseKeyUri(spec.uri), module: library }) }),
  };
}

function atRecord(
  control: string,
  name: (typeof functions)[number],
  flags: "r" | "r+",
  use: (file: number, at: number) => unknown,
): void {
  const file = openSync(control, flags);
  try {
    use(file, functions.indexOf(name) * record.size);
  } finally {
    closeSync(file);
  }
}
