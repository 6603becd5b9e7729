import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { Board } from "../board.ts";
import type { ChainServiceConfig } from "../config.ts";
import type { ChainMetrics } from "../metrics.ts";
import { keyOf, type Route, routesOf } from "../route.ts";
import type { Chain } from "../source/index.ts";
import type { Store } from "../store/index.ts";
import type { GroupCommit } from "./groupCommit.ts";
import { type RouteContext, reportRoute } from "./routeContext.ts";
import type { WatchedChain } from "./watchChain.ts";

interface SharedParts {
  readonly store: Store;
  readonly together: GroupCommit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly board: Board;
  readonly metrics: ChainMetrics;
}

/**
 * Connects every configured route with its chains and its record in the store.
 *
 * @throws AttestorError `config_invalid` if a deployment was recorded with other contracts than the configuration names.
 */
export function openRoutes(
  configFile: string,
  config: ChainServiceConfig,
  chains: readonly WatchedChain[],
  parts: SharedParts,
): RouteContext[] {
  const chainOf = (name: string): Chain => {
    const watched = chains.find((candidate) => candidate.config.name === name);
    if (!watched) throw new AttestorError("internal", { reason: `there is no chain ${name}` });
    return watched.chain;
  };
  const routes = routesOf(config);
  const problems = routes.flatMap((route, index) => recordProblems(route, index, parts.store));
  if (problems.length > 0) throw new AttestorError("config_invalid", { file: configFile, problems });
  return routes.map((route) => {
    const sourceChain = chainOf(route.source.chain.name);
    const context: RouteContext = {
      ...parts,
      route,
      key: keyOf(route),
      subject: `route ${route.name}`,
      sourceChain,
      source: sourceChain.packetSource({
        bridge: route.source.bridge,
        destination: { chainId: route.destination.chain.chainId, family: route.destination.chain.family },
      }),
      target: chainOf(route.destination.chain.name).packetTarget({
        bridge: route.destination.bridge,
        sourceChainId: route.source.chain.chainId,
      }),
      progress: {
        counter: undefined,
        gaps: parts.store.routes.gaps(keyOf(route)),
        sourceChecked: false,
        targetChecked: false,
        mismatch: undefined,
      },
    };
    const unchecked = (chain: string) => `its contract on chain ${chain} has not been looked at yet`;
    reportRoute(context, "source contract", unchecked(route.source.chain.name));
    reportRoute(context, "destination contract", unchecked(route.destination.chain.name));
    reportRoute(context, "stopped", parts.store.routes.stopReason(context.key));
    return context;
  });
}

/** A deployment is one pair of contracts for ever: under one name, two pairs would share sequences and keys. */
function recordProblems(route: Route, index: number, store: Store): string[] {
  const asked = { sourceBridge: route.source.bridge, destinationBridge: route.destination.bridge };
  const recorded = store.routes.open(keyOf(route), asked);
  const problem = (end: string, bridge: string) =>
    `routes.${index}.${end}.bridge: deployment ${route.deployment} was recorded with ${bridge}; ` +
    "another pair of contracts needs another deployment name";
  return [
    ...(recorded.sourceBridge === asked.sourceBridge ? [] : [problem("source", recorded.sourceBridge)]),
    ...(recorded.destinationBridge === asked.destinationBridge
      ? []
      : [problem("destination", recorded.destinationBridge)]),
  ];
}
