export { listen } from "./listen.ts";
export { createOpsService, type Readiness } from "./opsService.ts";
export { closeWith } from "./refusals.ts";
export { createHttpService, type HttpService, type HttpServiceOptions } from "./service.ts";
