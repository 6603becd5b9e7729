export { type CollectorClient, createCollectorClient, type DeliveryAnswer } from "./collectorClient.ts";
