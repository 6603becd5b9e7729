export { exportHistory } from "./interchange/exportHistory.ts";
export { type InterchangeDocument, readInterchange, recordSchema, watermarkSchema } from "./interchange/format.ts";
export { type HistoryPage, historyPage } from "./interchange/historyPage.ts";
export { type ImportResult, importHistory } from "./interchange/importHistory.ts";
export { interchangeText } from "./interchange/interchangeText.ts";
export type { Ledger, LedgerId, Release, Released, Reservation, Reserved } from "./ledger.ts";
export { type Presence, presenceOf } from "./presence.ts";
export { type IdColumns, idColumns, paddedSequence } from "./rows.ts";
export { ledgerIdOf, ledgerIn } from "./sqliteLedger.ts";
