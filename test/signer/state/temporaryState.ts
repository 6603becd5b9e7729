import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../../shared/clock/index.ts";
import { createState, openState, type SignerState } from "../../../signer/state/index.ts";
import { samplePolicy } from "../samples.ts";

export interface TemporaryState {
  readonly file: string;
  readonly state: SignerState;
  /** Closes the state and opens its file again, as a restart does. */
  reopen(): SignerState;
}

/** A new state in a folder that goes away with the test. */
export function temporaryState(clock: Clock = systemClock, policy = samplePolicy()): TemporaryState {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-state-"));
  const file = path.join(folder, "ledger.sqlite");
  createState(file, "database", policy, clock);
  let state = openState(file, clock, "Create it.");
  onTestFinished(() => {
    state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    file,
    get state() {
      return state;
    },
    reopen() {
      state.close();
      state = openState(file, clock, "Create it.");
      return state;
    },
  };
}
