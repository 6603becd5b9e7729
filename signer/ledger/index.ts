export type { Ledger, LedgerId, Release, Released, Reservation, Reserved } from "./ledger.ts";
export { ledgerIdOf, ledgerIn } from "./sqliteLedger.ts";
