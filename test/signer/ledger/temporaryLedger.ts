import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import type { PacketId } from "../../../shared/packet/index.ts";
import type { Attestation } from "../../../shared/wire/index.ts";
import {
  type Ledger,
  type LedgerId,
  ledgerIn,
  type Release,
  type Reservation,
  type Reserved,
} from "../../../signer/ledger/index.ts";
import { createState, openState, type SignerState } from "../../../signer/state/index.ts";
import { samplePolicy } from "../samples.ts";

/** The ledger of one state, each call a decision of its own. */
export interface OpenLedger {
  readonly state: SignerState;
  readonly ledger: Ledger;
  reserve(reservation: Reservation): Promise<Reserved>;
  release(id: LedgerId, release: Release): Promise<Attestation>;
  find(id: PacketId): Attestation[];
  rows(): Readonly<Record<"signing" | "signed", number>>;
}

export function openLedger(file: string): OpenLedger {
  const state = openState(file, systemClock, "Create it.");
  const ledger = ledgerIn(state);
  return {
    state,
    ledger,
    reserve: (reservation) => state.decide((transaction) => ledger.reserve(transaction, reservation)),
    release: (id, release) => state.decide((transaction) => ledger.release(transaction, id, release).attestation),
    find: (id) => ledger.find(id),
    rows: () => ledger.rows(),
  };
}

export interface TemporaryLedger {
  readonly file: string;
  readonly ledger: OpenLedger;
  /** Closes the ledger and opens its file again, as a restart does. */
  reopen(): OpenLedger;
}

/** A new ledger in a folder that goes away with the test. */
export function temporaryLedger(): TemporaryLedger {
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-ledger-"));
  const file = path.join(folder, "ledger.sqlite");
  createState(file, "database", samplePolicy());
  let ledger = openLedger(file);
  onTestFinished(() => {
    ledger.state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    file,
    get ledger() {
      return ledger;
    },
    reopen() {
      ledger.state.close();
      ledger = openLedger(file);
      return ledger;
    },
  };
}
