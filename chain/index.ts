export { chainConfig } from "./config.ts";
export { type ChainServiceStatus, type ControlAnswer, controlRequest, controlSocket } from "./control/index.ts";
export { readDisputes } from "./evidence/index.ts";
export { type ChainService, startChainService } from "./service.ts";
