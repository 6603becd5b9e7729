import { type AleoNodes, aleoIds, aleoSecretPath, aleoService, startAleoNodes } from "../../support/aleo/nodes.ts";
import type { TestBridge } from "./bridge.ts";
import type { ChainWorld } from "./chainWorld.ts";

/**
 * Lets a world's route start on Aleo, behind three nodes of the stand-in, instead of on its EVM chain. Call it before the
 * service is started.
 */
export async function useAleoSource(world: ChainWorld, bridge: TestBridge): Promise<AleoNodes> {
  const aleo = await startAleoNodes(3);
  const { settings } = world;
  settings.chains[0] = {
    name: "aleo",
    family: "aleo",
    chainId: aleoIds.chainId.toString(),
    network: aleoIds.network,
    providers: aleo.nodes.map(({ url }, index) => ({ label: `p${index}`, url })),
    anchor: { number: 0, hash: aleo.ledger.block(0)?.hash },
    pollInterval: "100ms",
    timeout: "1s",
  };
  settings.routes[0] = {
    ...settings.routes[0],
    name: "aleo-to-beta",
    source: { chain: "aleo", bridge: aleoIds.program, tokenService: aleoService, startHeight: 1 },
    destination: { ...settings.routes[0].destination, tokenService: bridge.sides[1].tokenService },
  };
  return aleo;
}

export { aleoSecretPath };
