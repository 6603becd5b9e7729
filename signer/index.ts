export { signerConfig } from "./config.ts";
export { createLedger } from "./ledger/index.ts";
export { type RunningSigner, startSigner } from "./startSigner.ts";
