import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AttestorError, faultName } from "../errors/index.ts";

/**
 * Writes a file that must not exist, to the disk.
 *
 * @param mode who may read and write it, as for `chmod`.
 * @throws AttestorError `conflict` if it exists, `usage` if it cannot be written.
 */
export function writeNewFile(file: string, text: string, mode: number): void {
  try {
    const descriptor = openSync(file, "wx", mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = faultName(error);
    throw code === "EEXIST" ? existsAlready(file) : cannotBeWritten(file, code);
  }
}

/**
 * Refuses a file that {@link writeNewFile} could not write, before anything is made that cannot be made again.
 *
 * @throws AttestorError `conflict` if it exists, `usage` if its folder is not there or not to be written to.
 */
export function refuseUnwritable(file: string): void {
  if (existsSync(file)) throw existsAlready(file);
  try {
    accessSync(path.dirname(path.resolve(file)), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotBeWritten(file, faultName(error));
  }
}

function cannotBeWritten(file: string, code: string): AttestorError<"usage"> {
  return new AttestorError("usage", { reason: `${file} cannot be written (${code})` });
}

/** The refusal of a file that is there already. */
export function existsAlready(file: string): AttestorError<"conflict"> {
  return new AttestorError("conflict", { reason: `${file} exists already; it is left as it is` });
}
