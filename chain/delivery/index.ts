export {
  type CollectorClient,
  createCollectorClient,
  type DeliveryAnswer,
  type MissedRequest,
} from "./collectorClient.ts";
export { openCollector } from "./openCollector.ts";
export { createVerulinkCollector } from "./verulinkCollector.ts";
