import path from "node:path";
import type { Secret } from "../../shared/config/index.ts";
import { readPin } from "../pin/pinFile.ts";

/** Reads a PIN as the keeper will read it. @throws AttestorError `pin_unreadable`. */
export function readPinFile(file: string): Secret {
  return readPin({ file: path.resolve(file) }, {}).value;
}
