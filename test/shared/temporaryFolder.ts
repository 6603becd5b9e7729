import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A new folder that goes with the running test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-shared-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
