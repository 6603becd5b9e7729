import type { ChainConfig } from "../config.ts";
import type { Chain, ProviderObserver } from "./chain.ts";
import { createEvmChain } from "./evm/index.ts";

const families: Readonly<Record<ChainConfig["family"], (config: ChainConfig, observe: ProviderObserver) => Chain>> = {
  evm: createEvmChain,
};

/** Opens the view of a chain by its family. Dials nothing yet. */
export function openChain(config: ChainConfig, observe: ProviderObserver): Chain {
  return families[config.family](config, observe);
}
