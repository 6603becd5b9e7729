import { chmodSync, rmSync } from "node:fs";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { HttpService } from "../../shared/http/index.ts";

/** Longest path of a Unix socket that every system takes (`sun_path` of sockaddr_un less its final zero). */
const longestPath = 103;

/**
 * Opens the control socket for the service's own user only (mode 0600). A socket that a killed process left is replaced:
 * whoever holds the database's lock is the only process that may stand here.
 *
 * @throws AttestorError `setup_needed`.
 */
export async function listenControl(service: HttpService, path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestPath) {
    throw new AttestorError("setup_needed", {
      reason: `stateFolder: ${path} is too long for a Unix socket (${longestPath} bytes); choose a shorter folder`,
    });
  }
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await service.listen({ path });
    chmodSync(path, 0o600);
  } catch (error) {
    throw new AttestorError("setup_needed", { reason: `stateFolder: cannot listen on ${path} (${faultName(error)})` });
  } finally {
    process.umask(before);
  }
}
