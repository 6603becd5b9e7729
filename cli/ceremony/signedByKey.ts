import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type CeremonyStatement, type CeremonyTranscript, ceremonySpec, startKeeper } from "../../hsm/index.ts";
import { createLogger } from "../../shared/log/index.ts";

/** Milliseconds for one signature; the slowest device that we know of takes 75. */
const callDeadlineMs = 30_000;

/**
 * Has the key of a ceremony sign its statement, through a keeper: the same process, checks and protocol that will serve it.
 *
 * @throws AttestorError what a keeper's start throws, and its `ceremony`.
 */
export async function signedByKey(statement: CeremonyStatement): Promise<CeremonyTranscript> {
  const { name } = statement.key;
  const spec = ceremonySpec(statement.key);
  const stateFolder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-ceremony-"));
  const logger = createLogger({ service: "ceremony", level: "error" }, process.stderr);
  try {
    const keeper = await startKeeper({ keys: [spec], stateFolder, sessions: 1, callDeadlineMs, logger });
    try {
      return { ...statement, possession: await keeper.ceremony({ key: name, statement }) };
    } finally {
      await keeper.close();
    }
  } finally {
    rmSync(stateFolder, { recursive: true, force: true });
  }
}

/** A ceremony's time: UTC, whole seconds. */
export function heldAt(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}
