import { startCollector } from "../../collector/index.ts";
import { serviceCommand } from "./service.ts";

export const collector = serviceCommand("collector", "run the collector, the common database", startCollector);
