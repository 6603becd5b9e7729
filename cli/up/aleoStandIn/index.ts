export { type Publication, StandInBridge } from "./bridge.ts";
export { type Ledger, openLedger, type StandInBlock } from "./ledger.ts";
export { type AleoRest, type RestAnswer, type RestRequest, startAleoRest } from "./rest.ts";
export { type Consumption, consumptionText, publicationText } from "./transactions.ts";
