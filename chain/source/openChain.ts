import type { Clock } from "../../shared/clock/index.ts";
import type { ChainConfig } from "../config.ts";
import { createAleoChain } from "./aleo/index.ts";
import type { Chain, ChainObserver } from "./chain.ts";
import { createEvmChain } from "./evm/index.ts";

/** Opens the view of a chain by its family. Dials nothing yet. */
export function openChain(config: ChainConfig, observer: ChainObserver, clock: Pick<Clock, "now">): Chain {
  switch (config.family) {
    case "evm":
      return createEvmChain(config, observer, clock);
    case "aleo":
      return createAleoChain(config, observer);
  }
}
