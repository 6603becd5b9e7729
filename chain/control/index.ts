export { createBackups } from "./backups.ts";
export { type ControlAnswer, controlRequest, controlSocket } from "./controlClient.ts";
export { createControlService } from "./controlService.ts";
export { listenControl } from "./listenControl.ts";
export { resumeChain, resumeRoute, retryPacket } from "./operations.ts";
export { type ChainServiceStatus, readReadiness, readStatus, type StatusSources } from "./status.ts";
