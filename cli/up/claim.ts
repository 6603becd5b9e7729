import { mkdirSync } from "node:fs";
import path from "node:path";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { openDatabase } from "../../shared/sqlite/index.ts";

/** An empty database: SQLite's lock on it ends with the process that holds it, however that ends. */
const kind = { applicationId: 0x48_41_55_50, migrations: [] }; // "HAUP"

/**
 * Takes a folder of local state for this process. Two networks in one folder would write each other's chains and, with
 * `--reset`, delete what the other runs on.
 *
 * @param root the folder; made if missing.
 * @returns lets it go.
 * @throws AttestorError `setup_needed` while another process has it.
 */
export function claimFolder(root: string): () => void {
  mkdirSync(root, { recursive: true });
  try {
    const lock = openDatabase(path.join(root, "up.lock"), kind, "either");
    return () => lock.close();
  } catch (error) {
    if (!isAttestorError(error, "database_in_use")) throw error;
    throw new AttestorError("setup_needed", {
      reason: `a local network runs in ${root} already: \`attestor status\` shows it, Ctrl-C where it runs stops it. To run another one beside it, give that a folder and ports of its own (--folder FOLDER --port-base N)`,
    });
  }
}
