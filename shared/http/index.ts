export { listen } from "./listen.ts";
export { createOpsService, type Readiness } from "./opsService.ts";
export { closeWith, refuseResponse } from "./refusals.ts";
export { createHttpService, type HttpService, type HttpServiceOptions } from "./service.ts";
