export { createEvmChain } from "./evmChain.ts";
