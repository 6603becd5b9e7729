import { execFileSync } from "node:child_process";
import path from "node:path";

/** Header files of PKCS#11, as the binding has them. */
const headers = path.join(import.meta.dirname, "../../../node_modules/pkcs11js/includes");

/**
 * Compiles a shared library out of a C file of this folder with the system's compiler, which set-up needs too.
 *
 * @param definitions macros: a text becomes a C string, a number stays one.
 */
export function compileShim(
  source: "syncLog.c" | "signLog.c",
  library: string,
  definitions: Readonly<Record<string, string | number>>,
): string {
  const macros = Object.entries(definitions).map(([name, value]) => `-D${name}=${JSON.stringify(value)}`);
  const flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", `-I${headers}`];
  execFileSync("cc", [...flags, ...macros, path.join(import.meta.dirname, source), "-o", library, "-ldl"]);
  return library;
}
