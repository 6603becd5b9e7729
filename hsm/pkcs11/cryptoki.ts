import { statSync } from "node:fs";
import pkcs11js from "pkcs11js";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { flag } from "./constants.ts";
import { unnamedReturnValue } from "./faults.ts";

/** Handles are opaque bytes that only the module makes; a handle that was not made by it can crash the process. */
export type SlotHandle = Buffer & { readonly handle?: "slot" };
export type SessionHandle = Buffer & { readonly handle?: "session" };
export type ObjectHandle = Buffer & { readonly handle?: "object" };

/**
 * A vendor's PKCS#11 library, loaded and initialised. Keep it referenced as long as it is used: the binding unloads the
 * library when the object is collected.
 */
export type Cryptoki = pkcs11js.PKCS11;

/**
 * Loads a module and initialises it for use from several threads. Without `CKF_OS_LOCKING_OK` a module may take its
 * caller for single-threaded, and parallel signing then corrupts memory (SoftHSM does).
 *
 * A module that this process initialised before is refused: nobody could tell with which flags.
 *
 * @throws AttestorError `module_unusable`.
 */
export function loadCryptoki(path: string): Cryptoki {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new AttestorError("module_unusable", { reason: `there is no file ${path}` });
  }
  const cryptoki = new pkcs11js.PKCS11();
  try {
    cryptoki.load(path);
  } catch {
    // the object must not be used after a failed load: any call on it crashes the process
    throw new AttestorError("module_unusable", { reason: `${path} is not a PKCS#11 library for this machine` });
  }
  try {
    cryptoki.C_Initialize({ flags: flag.CKF_OS_LOCKING_OK });
  } catch (error) {
    throw new AttestorError("module_unusable", { reason: `C_Initialize answered ${returnValue(error)}` });
  }
  return cryptoki;
}

/**
 * Makes one call into the module and gives its failure our own form.
 *
 * @param name the C function, for the error.
 * @throws AttestorError `hsm_error`.
 */
export function call<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw hsmError(name, error);
  }
}

/** The `hsm_error` of a failed call. */
export function hsmError(name: string, error: unknown): AttestorError<"hsm_error"> {
  return new AttestorError("hsm_error", { call: name, code: returnValue(error) });
}

/** True if the module answered one of these return values (`CKR_PIN_INCORRECT`). */
export function answered(error: unknown, ...codes: readonly string[]): error is AttestorError<"hsm_error"> {
  return isAttestorError(error, "hsm_error") && codes.includes(error.data.code);
}

/**
 * The return value that an error of pkcs11js stands for. It wraps them unevenly: some functions throw a plain Error
 * whose text is `CKR_NAME:NUMBER`, and numbers missing from its table all read CKR_VENDOR_DEFINED.
 */
function returnValue(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const [, inText, digits] = /(CKR_\w+)(?::(\d+))?/.exec(error.message) ?? [];
  if (inText === undefined) return error.name;
  if (inText !== "CKR_VENDOR_DEFINED") return inText;
  const code = digits ?? ("code" in error ? error.code : undefined);
  return unnamedReturnValue(Number(code));
}
