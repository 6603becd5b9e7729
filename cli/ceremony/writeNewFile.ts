import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { AttestorError, faultName } from "../../shared/errors/index.ts";

/** Writes a file that must not exist, to the disk. @throws AttestorError `conflict`, `usage`. */
export function writeNewFile(file: string, text: string): void {
  try {
    const descriptor = openSync(file, "wx", 0o644);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = faultName(error);
    if (code === "EEXIST")
      throw new AttestorError("conflict", { reason: `${file} exists already; it is left as it is` });
    throw new AttestorError("usage", { reason: `${file} cannot be written (${code})` });
  }
}
