export type { Ledger, LedgerId, Release, Reservation, Reserved } from "./ledger.ts";
export { createLedger, ledgerIdOf, openLedger } from "./sqliteLedger.ts";
