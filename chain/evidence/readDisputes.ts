import { existsSync, readFileSync } from "node:fs";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { disputeFiles } from "./disputeFile.ts";

/**
 * The lines of evidence in a chain-service's state folder, oldest first; the service need not run.
 *
 * @throws AttestorError `setup_needed` if they cannot be read.
 */
export function readDisputes(stateFolder: string): string[] {
  return disputeFiles(stateFolder).flatMap((file) => {
    if (!existsSync(file)) return [];
    try {
      return readFileSync(file, "utf8").split("\n").filter(Boolean);
    } catch (error) {
      throw new AttestorError("setup_needed", { reason: `${file} cannot be read (${faultName(error)})` });
    }
  });
}
