import type { ChainWorld } from "./chainWorld.ts";
import { type RpcProxy, startRpcProxy } from "./rpcProxy.ts";

/** The path that the service under test uses; other clients use others. */
export const ourPath = "/attestor";

/** Gives the world's source chain several providers, `p0`, `p1` and so on, all of them in front of one node. */
export async function useProviders(
  { settings }: ChainWorld,
  node: string,
  count: number,
): Promise<readonly RpcProxy[]> {
  const proxies = await Promise.all(Array.from({ length: count }, () => startRpcProxy(node)));
  const [chain] = settings.chains;
  delete chain.singleSource;
  chain.providers = proxies.map(({ url }, index) => ({ label: `p${index}`, url: `${url}${ourPath}` }));
  return proxies;
}
