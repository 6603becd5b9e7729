import { startChainService } from "../../chain/index.ts";
import { serviceCommand } from "./service.ts";

export const chain = serviceCommand("chain", "run the chain-service", startChainService);
