import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { createLedger, type Ledger, openLedger } from "../../../signer/ledger/index.ts";

export interface TemporaryLedger {
  readonly file: string;
  readonly ledger: Ledger;
  /** Closes the ledger and opens its file again, as a restart does. */
  reopen(): Ledger;
}

/** A new ledger in a folder that goes away with the test. */
export function temporaryLedger(): TemporaryLedger {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-ledger-"));
  const file = path.join(folder, "ledger.sqlite");
  createLedger(file);
  let ledger = openLedger(file, systemClock, "");
  onTestFinished(() => {
    ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    file,
    get ledger() {
      return ledger;
    },
    reopen() {
      ledger.close();
      ledger = openLedger(file, systemClock, "");
      return ledger;
    },
  };
}
