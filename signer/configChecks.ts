import { digestScheme } from "../shared/digest/index.ts";
import { canonicalEvmAddress, misspelling } from "../shared/packet/index.ts";
import { nearest } from "../shared/schema/index.ts";
import type { Client, KeyConfig, Route } from "./config.ts";

interface Parts {
  readonly keys: readonly KeyConfig[];
  readonly routes: readonly Route[];
  readonly clients: readonly Client[];
}

interface CrossProblem {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/**
 * What no single field shows: names that point nowhere, and a key, pin or route that would mean two things. Nothing that
 * Verulink signs names the bridge contract, so a key that served two deployments or destinations could be made to sign
 * for one what was meant for the other (DESIGN §2.4).
 */
export function crossProblems(config: Parts): CrossProblem[] {
  const { keys, routes, clients } = config;
  return [
    ...repeated(keys, "keys", "name", (key) => key.name),
    ...repeated(keys, "keys", "publicKey", (key) => key.publicKey),
    ...repeated(keys, "keys", "uri", (key) => key.uri),
    ...repeated(keys, "keys", "destination", (key) => `${key.scheme} ${key.deployment} ${key.destination}`, oneKey),
    ...repeated(routes, "routes", "name", (route) => route.name),
    ...repeated(routes, "routes", "deployment", routeIdentity, oneRoute),
    ...repeated(clients, "clients", "name", (client) => client.name),
    ...routes.flatMap((route, index) => [
      ...endProblems(route).map((problem) => ({ ...problem, path: ["routes", index, ...problem.path] })),
      ...keyProblems(route, keys).map((reason) => ({ path: ["routes", index, "key"], reason })),
    ]),
    ...pinProblems(clients),
    ...clients.flatMap((client, index) => rightProblems(client, routes, index)),
  ];
}

const oneKey = (first: string) => `is served by ${first} already; one scheme, deployment and destination has one key`;
const oneRoute = (first: string) => `leads from and to the same chains in the same deployment as ${first}`;

function routeIdentity(route: Route): string {
  return `${route.deployment} ${route.source.chainId} ${route.destination.chainId}`;
}

/** Every entry whose `identityOf` an earlier entry has too. */
function repeated<T extends { readonly name: string }>(
  entries: readonly T[],
  list: string,
  field: string,
  identityOf: (entry: T) => string,
  say = (first: string) => `is the same as that of ${first}`,
): CrossProblem[] {
  return entries.flatMap((entry, index) => {
    const first = entries.findIndex((other) => identityOf(other) === identityOf(entry));
    const owner = entries[first];
    return first < index && owner
      ? [{ path: [list, index, field], reason: say(`${list}.${first} (${owner.name})`) }]
      : [];
  });
}

function endProblems(route: Route): CrossProblem[] {
  const problems: CrossProblem[] = [];
  for (const end of ["source", "destination"] as const) {
    const { family, tokenService } = route[end];
    const why = misspelling(family, tokenService);
    const canonical = family === "evm" ? canonicalEvmAddress(tokenService) : undefined;
    const help = canonical ? `; write ${canonical}` : "";
    if (why) problems.push({ path: [end, "tokenService"], reason: why + help });
  }
  if (route.source.chainId === route.destination.chainId) {
    problems.push({ path: ["destination", "chainId"], reason: "is the same as that of the source" });
  }
  const family = digestScheme(route.scheme).destinationFamily;
  if (family !== route.destination.family) {
    problems.push({ path: ["scheme"], reason: `is for destinations of family ${family}` });
  }
  return problems;
}

function keyProblems(route: Route, keys: readonly KeyConfig[]): string[] {
  const key = keys.find(({ name }) => name === route.key);
  if (!key) return [unknown("key", route.key, keys)];
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

function pinProblems(clients: readonly Client[]): CrossProblem[] {
  const pins = clients.flatMap((client, index) =>
    client.pins.map((pin, at) => ({ name: client.name, pin, path: ["clients", index, "pins", at] })),
  );
  return pins.flatMap(({ pin, path }, index) => {
    const first = pins.findIndex((other) => other.pin === pin);
    return first < index ? [{ path, reason: `belongs to client ${pins[first]?.name} already` }] : [];
  });
}

function rightProblems(client: Client, routes: readonly Route[], index: number): CrossProblem[] {
  return client.routes.flatMap((route, at) => {
    const path = ["clients", index, "routes", at];
    if (client.routes.indexOf(route) < at) return [{ path, reason: "is listed twice" }];
    return routes.some(({ name }) => name === route) ? [] : [{ path, reason: unknown("route", route, routes) }];
  });
}

function unknown(what: string, name: string, known: readonly { readonly name: string }[]): string {
  const names = [...new Set(known.map((entry) => entry.name))];
  const guess = nearest(name, names);
  return `there is no such ${what} (${guess ? `did you mean ${guess}?` : `known are ${names.join(", ")}`})`;
}
