export type { Ledger, LedgerId, Release, Released, Reservation, Reserved } from "./ledger.ts";
export { type IdColumns, idColumns, paddedSequence } from "./rows.ts";
export { ledgerIdOf, ledgerIn } from "./sqliteLedger.ts";
