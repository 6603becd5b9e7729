export { signerConfig } from "./config.ts";
export { type RunningSigner, startSigner } from "./startSigner.ts";
export { createState, openState } from "./state/index.ts";
