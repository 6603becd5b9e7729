import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";
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
    throw code === "EEXIST"
      ? existsAlready(file)
      : new AttestorError("usage", { reason: `${file} cannot be written (${code})` });
  }
}

/** The refusal of a file that is there already. */
export function existsAlready(file: string): AttestorError<"conflict"> {
  return new AttestorError("conflict", { reason: `${file} exists already; it is left as it is` });
}
