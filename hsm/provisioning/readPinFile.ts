import path from "node:path";
import { type Pin, readPin } from "../pin/pinFile.ts";

/** A user PIN, and where it is remembered that a token rejected it. */
export interface UserPin extends Pin {
  /** Absolute. What is written there is no PIN. */
  readonly latchFolder: string;
}

/**
 * Reads a PIN as the keeper will read it.
 *
 * @param latchFolder the keeper's own state folder, where it is known; default the file's folder, so that commands that know
 * no more than the file do not try a rejected PIN again either.
 * @throws AttestorError `pin_unreadable`.
 */
export function readPinFile(file: string, latchFolder = path.dirname(path.resolve(file))): UserPin {
  return { ...readPin({ file: path.resolve(file) }, {}), latchFolder };
}
