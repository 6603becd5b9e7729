import { afterEach, beforeEach } from "vitest";
import type { Anvil } from "../../support/anvil.ts";
import type { TestBridge } from "./bridge.ts";
import type { ChainWorld } from "./chainWorld.ts";
import { type RpcProxy, startRpcProxy } from "./rpcProxy.ts";

/** The path that the service under test uses; other clients use others. */
export const ourPath = "/attestor";

/**
 * Gives a chain of the world (by default the source) several providers, `p0`, `p1` and so on, all of them in front of one
 * node, whose first block is the anchor. They have a second for an answer.
 */
export async function useProviders(
  { settings }: ChainWorld,
  node: Anvil,
  count: number,
  end: "source" | "destination" = "source",
): Promise<readonly RpcProxy[]> {
  const proxies = await Promise.all(Array.from({ length: count }, () => startRpcProxy(node.url)));
  const chain = settings.chains[end === "source" ? 0 : 1];
  chain.timeout = "1s";
  delete chain.singleSource;
  const { hash } = await node.provider.send("eth_getBlockByNumber", ["0x0", false]);
  chain.anchor = { number: 0, hash };
  chain.providers = proxies.map(({ url }, index) => ({ label: `p${index}`, url: `${url}${ourPath}` }));
  return proxies;
}

/**
 * The same for each test of a file, stopped again after the service: the list is always that of the test which runs.
 */
export function providersOfEachTest(
  scene: { readonly world: ChainWorld; readonly bridge: TestBridge },
  count: number,
  end: "source" | "destination" = "source",
): readonly RpcProxy[] {
  const providers: RpcProxy[] = [];
  beforeEach(async () => {
    providers.push(...(await useProviders(scene.world, scene.bridge[end], count, end)));
  });
  afterEach(async () => {
    await scene.world.stop();
    await Promise.all(providers.splice(0).map((provider) => provider.down()));
  });
  return providers;
}
