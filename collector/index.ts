export { type CollectorConfig, collectorConfig } from "./config.ts";
export { type RunningCollector, startCollector } from "./startCollector.ts";
