import type { ChainConfig } from "../config.ts";
import type { Chain, ChainObserver } from "./chain.ts";
import { createEvmChain } from "./evm/index.ts";

const families: Readonly<Record<ChainConfig["family"], (config: ChainConfig, observer: ChainObserver) => Chain>> = {
  evm: createEvmChain,
};

/** Opens the view of a chain by its family. Dials nothing yet. */
export function openChain(config: ChainConfig, observer: ChainObserver): Chain {
  return families[config.family](config, observer);
}
