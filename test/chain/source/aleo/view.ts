import type { AleoChainConfig } from "../../../../chain/config.ts";
import { type Chain, type ChainObserver, openChain } from "../../../../chain/source/index.ts";
import { systemClock } from "../../../../shared/clock/index.ts";
import { Secret } from "../../../../shared/config/index.ts";
import { aleoIds } from "../../../support/aleo/nodes.ts";

/** A view of the test's Aleo chain through these addresses. */
export function aleoView(
  urls: readonly string[],
  changes: Partial<AleoChainConfig> = {},
  observer: Partial<ChainObserver> = {},
): Chain {
  const config: AleoChainConfig = {
    name: "aleo",
    family: "aleo",
    chainId: aleoIds.chainId,
    network: aleoIds.network,
    providers: urls.map((url, index) => ({ label: `p${index}`, url: new Secret(url), aside: false })),
    singleSource: urls.length === 1 ? "accepted" : undefined,
    depth: 0,
    pollInterval: 50,
    timeout: 20_000,
    maximumRange: 1_000,
    ...changes,
  };
  return openChain(
    config,
    { exchange: () => {}, dispute: () => {}, quorumFailure: () => {}, ...observer },
    systemClock,
  );
}

/** The packets that go to the test's EVM chain. */
export function aleoSourceOf(chain: Chain) {
  return chain.packetSource({ bridge: aleoIds.program, destination: { chainId: aleoIds.evmChainId, family: "evm" } });
}
