import type { SchemeName } from "../../shared/digest/index.ts";
import { aleoScheme } from "./aleoPlan.ts";
import type { KeyName, Network } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";

/** One end of a route of the local network. */
export interface LocalEnd {
  readonly chain: "alpha" | "beta" | "aleo";
  readonly chainId: bigint;
  readonly family: "evm" | "aleo";
  readonly bridge: string;
  readonly tokenService: string;
  /** As packets name it. */
  readonly token: string;
  /** First block that can hold a packet. */
  readonly startHeight: number;
}

/** A route of the local network, with the key that signs its packets. */
export interface LocalRoute {
  readonly name: string;
  readonly deployment: string;
  readonly scheme: SchemeName;
  readonly key: KeyName;
  readonly from: LocalEnd;
  readonly to: LocalEnd;
}

/** Both directions of each pair of contracts. */
export function localRoutes(plan: NetworkPlan, network: Network): LocalRoute[] {
  const evmEnd = (index: 0 | 1, side = network.sides[index]): LocalEnd => ({
    chain: plan.chains[index].name,
    chainId: plan.chains[index].chainId,
    family: "evm",
    bridge: side.bridge,
    tokenService: side.tokenService,
    token: side.token,
    startHeight: side.deploymentBlock.number,
  });
  const route = (from: LocalEnd, to: LocalEnd, key: KeyName, deployment: string, scheme: SchemeName): LocalRoute => ({
    name: `${from.chain}-to-${to.chain}`,
    ...{ deployment, scheme, key, from, to },
  });
  const [alpha, beta] = [evmEnd(0), evmEnd(1)];
  const between = [
    route(alpha, beta, "beta", plan.deployment, "verulink-evm"),
    route(beta, alpha, "alpha", plan.deployment, "verulink-evm"),
  ];
  const { aleo } = plan;
  if (!aleo || !network.aleoSide) return between;
  const here = evmEnd(0, network.aleoSide);
  const there: LocalEnd = {
    chain: "aleo",
    chainId: aleo.chainId,
    family: "aleo",
    bridge: aleo.program,
    tokenService: aleo.service,
    token: aleo.token,
    startHeight: 1,
  };
  return [
    ...between,
    route(here, there, "aleo", aleo.deployment, aleoScheme(aleo)),
    route(there, here, "alphaFromAleo", aleo.deployment, "verulink-evm"),
  ];
}
