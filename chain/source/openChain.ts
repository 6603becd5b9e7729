import type { ChainConfig } from "../config.ts";
import { createAleoChain } from "./aleo/index.ts";
import type { Chain, ChainObserver } from "./chain.ts";
import { createEvmChain } from "./evm/index.ts";

/** Opens the view of a chain by its family. Dials nothing yet. */
export function openChain(config: ChainConfig, observer: ChainObserver): Chain {
  switch (config.family) {
    case "evm":
      return createEvmChain(config, observer);
    case "aleo":
      return createAleoChain(config, observer);
  }
}
