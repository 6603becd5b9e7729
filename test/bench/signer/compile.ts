import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { SigningKey } from "ethers";
import type { Hex } from "../../../shared/digest/index.ts";

const modules = path.join(import.meta.dirname, "../../../node_modules");
const pkcs11Headers = path.join(modules, "pkcs11js/includes");
const libsecp256k1 = path.join(modules, "secp256k1/src/secp256k1");

function compile(source: string, output: string, ...flags: readonly string[]): string {
  const file = path.join(import.meta.dirname, source);
  execFileSync("cc", ["-O2", "-Wall", `-I${pkcs11Headers}`, ...flags, file, "-o", output, "-ldl", "-lpthread"]);
  return output;
}

/** Compiles rawSign.c into a folder and returns the program's path. */
export function compileRawSign(folder: string): string {
  return compile("rawSign.c", path.join(folder, "rawSign"), "-Wextra", "-Werror");
}

export interface SimulatedDevice {
  readonly module: string;
  readonly publicKey: Hex;
  /** Signatures a second that it can give. */
  readonly limit: number;
}

/** Compiles device.c, with a key of its own, into a folder. */
export function compileDevice(
  folder: string,
  name: string,
  { realModule, delayMs, parallel }: { realModule: string; delayMs: number; parallel: number },
): SimulatedDevice {
  const secret = randomBytes(32).toString("hex");
  const settings = { REAL_MODULE: `"${realModule}"`, SECRET: `"${secret}"`, DELAY_MS: delayMs, PARALLEL: parallel };
  // as binding.gyp of the package configures it for 64-bit machines
  const library = ["ECMULT_GEN_PREC_BITS=4", "ECMULT_WINDOW_SIZE=15", "USE_NUM_NONE=1", "USE_FIELD_INV_BUILTIN=1"];
  const words = ["USE_SCALAR_INV_BUILTIN=1", "USE_FIELD_5X52=1", "USE_SCALAR_4X64=1", "HAVE___INT128=1"];
  const module = compile(
    "device.c",
    path.join(folder, `${name}.so`),
    ...["-shared", "-fPIC", "-Wno-unused-function", "-Wno-nonnull-compare"],
    ...[`-I${libsecp256k1}`, `-I${libsecp256k1}/src`, `-I${libsecp256k1}/include`],
    ...[...library, ...words].map((define) => `-D${define}`),
    ...Object.entries(settings).map(([define, value]) => `-D${define}=${value}`),
  );
  const publicKey = new SigningKey(`0x${secret}`).publicKey as Hex;
  return { module, publicKey, limit: (parallel * 1_000) / delayMs };
}
