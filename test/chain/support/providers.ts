import type { Anvil } from "../../support/anvil.ts";
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
