import type { KeyFacts } from "../config.ts";
import { type CrossProblem, unknownName } from "../crossCheck.ts";
import type { Route } from "./policy.ts";
import { keysOfRoute } from "./routeKey.ts";

/** Whether every key of every route exists and serves what the route needs. */
export function routeKeyProblems(routes: readonly Route[], keys: readonly KeyFacts[]): CrossProblem[] {
  return routes.flatMap((route, index) =>
    keysOfRoute(route).flatMap(({ name, path }) =>
      keyProblems(name, route, keys).map((reason) => ({ path: ["routes", index, ...path], reason })),
    ),
  );
}

function keyProblems(wanted: string, route: Route, keys: readonly KeyFacts[]): string[] {
  const key = keys.find(({ name }) => name === wanted);
  if (!key) return [unknownName("key", wanted, keys)];
  const differences = [
    ["scheme", key.scheme, route.scheme],
    ["deployment", key.deployment, route.deployment],
    ["destination", key.destination, route.destination.chainId],
  ].filter(([, ofKey, ofRoute]) => ofKey !== ofRoute);
  return differences.map(
    ([what, ofKey, ofRoute]) =>
      `key ${key.name} serves ${what} ${ofKey} only, and this route needs ${ofRoute}; give the route a key of its own`,
  );
}
