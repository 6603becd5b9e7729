import type { Attestation } from "../../../shared/wire/index.ts";
import type { Reservation } from "../../../signer/ledger/index.ts";
import { attestationIn, type Row, reservationIn } from "../../../signer/ledger/rows.ts";
import { openCopy } from "../../../signer/state/index.ts";

/** What a ledger holds whose signer was killed. */
export interface LedgerAtRest {
  readonly released: readonly Attestation[];
  /** Rows whose signature was not recorded: only their digest may ever be signed. */
  readonly signing: readonly Reservation[];
}

export function readLedgerAtRest(file: string): LedgerAtRest {
  using copy = openCopy(file);
  const rows = copy.database.prepare<[], Row>("SELECT * FROM attestations").all();
  return {
    released: rows.map(attestationIn).filter((attestation) => attestation !== undefined),
    signing: rows.filter(({ state }) => state === "SIGNING").map(reservationIn),
  };
}
