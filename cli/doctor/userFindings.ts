import { type Finding, ok, warn } from "./finding.ts";
import { seenFile } from "./seenFile.ts";

/** Files of the signer, by whose they are in a separated installation. */
export interface SignerFiles {
  /** Only the keeper's user may read them. */
  readonly pinFiles: readonly string[];
  /** The daemon's: ledger, TLS key. */
  readonly daemonFiles: readonly string[];
}

/**
 * Whether daemon and keeper are different Unix users: whoever takes over the daemon must not be able to read the PIN.
 * Told by who owns their files; a file that cannot be seen is left out, which is as it should be for the other user's.
 */
export function userFindings({ pinFiles, daemonFiles }: SignerFiles, uid = process.geteuid?.()): Finding[] {
  const daemonUsers = new Set(daemonFiles.flatMap((file) => ownerOf(file)));
  const shared = pinFiles.filter((file) => ownerOf(file).some((owner) => daemonUsers.has(owner)));
  const separation =
    shared.length === 0
      ? ok("users", "no PIN file belongs to the daemon's user")
      : warn("users", `the daemon's user owns the PIN file ${shared.join(", ")}: run the keeper as a user of its own`);
  return [
    ...(daemonFiles.length > 0 ? [separation] : []),
    ...(uid === 0 ? [warn("root", "this runs as root: run it as the user that runs the service")] : []),
  ];
}

function ownerOf(file: string): number[] {
  const status = seenFile(file);
  return status ? [status.uid] : [];
}
