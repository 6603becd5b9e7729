import { digestScheme } from "../shared/digest/index.ts";
import { type ChainFamily, misspelling } from "../shared/packet/index.ts";
import { attestorMisspelling } from "../shared/signature/index.ts";
import { signatureSlots } from "./call/index.ts";
import type { CollectorConfig, RegisteredClient, RegisteredRoute } from "./config.ts";
import { attestorsOf } from "./seats.ts";

export interface SettingProblem {
  readonly path: (string | number)[];
  readonly reason: string;
}

/** What is wrong between settings that are each right in themselves. */
export function problemsBetweenSettings(
  config: Pick<CollectorConfig, "clients" | "council" | "registry">,
): SettingProblem[] {
  const { clients, council, registry } = config;
  const registered = new Set(registry.flatMap(attestorsOf));
  return [
    ...registry.flatMap((route, index) => routeProblems(route).map((problem) => under(["registry", index], problem))),
    ...repeated(
      registry.map((route) => `${route.deployment} ${route.source.chainId} ${route.destination.chainId}`),
    ).map((index) => ({
      path: ["registry", index],
      reason: "is there twice: one entry a deployment, source and destination",
    })),
    ...servingTwo(bridgesOf(registry)),
    ...servingTwo(servingAttestors(registry)),
    ...clients.flatMap((client, index) =>
      clientProblems(client, registered).map((problem) => under(["clients", index], problem)),
    ),
    ...repeated(clients.map((client) => client.name)).map((index) => ({
      path: ["clients", index, "name"],
      reason: "is the name of another client",
    })),
    ...repeatedPins(clients, council?.pins ?? []),
  ];
}

function under(path: (string | number)[], problem: SettingProblem): SettingProblem {
  return { path: [...path, ...problem.path], reason: problem.reason };
}

function routeProblems(route: RegisteredRoute): SettingProblem[] {
  const { source, destination, attestors, quorum } = route;
  const problems: SettingProblem[] = [];
  const add = (path: SettingProblem["path"], reason: string | undefined) => {
    if (reason !== undefined) problems.push({ path, reason });
  };
  add(["source", "tokenService"], misspelling(source.family, source.tokenService));
  add(["destination", "tokenService"], misspelling(destination.family, destination.tokenService));
  add(["destination", "bridge"], bridgeProblem(destination.family, destination.bridge, route.scheme));
  if (source.chainId === destination.chainId) add(["destination", "chainId"], "must not be the source's");
  const { destinationFamily } = digestScheme(route.scheme);
  if (destination.family !== destinationFamily) {
    add(["scheme"], `${route.scheme} is for a destination of family ${destinationFamily}`);
  } else if (destinationFamily === "aleo" && source.family !== "evm") {
    add(["source", "family"], "must be evm: the program on Aleo takes no other");
  }
  if (destination.family === "aleo" && quorum > signatureSlots) {
    add(["quorum"], `must not be more than ${signatureSlots}, because the program takes no more signatures`);
  }
  for (const [index, attestor] of attestors.entries()) {
    add(["attestors", index], attestorMisspelling(attestor, route.scheme));
  }
  for (const [index, { attestor }] of route.successors.entries()) {
    add(["successors", index, "attestor"], attestorMisspelling(attestor, route.scheme));
  }
  for (const index of repeated(attestors)) add(["attestors", index], "is there twice");
  if (quorum > attestors.length) add(["quorum"], `must not be more than the ${attestors.length} attestors`);
  // With half or less, both verdicts could reach a quorum for one packet.
  if (quorum * 2 <= attestors.length) add(["quorum"], `must be more than half of the ${attestors.length} attestors`);
  return [...problems, ...successorProblems(route)];
}

/** Each key has one stretch of sequences, behind that of the key that it succeeds. */
function successorProblems(route: RegisteredRoute): SettingProblem[] {
  const { attestors, successors } = route;
  return successors.flatMap(({ attestor, succeeds, fromSequence }, at): SettingProblem[] => {
    const path = ["successors", at];
    const earlier = successors.slice(0, at);
    const before = earlier.find((entry) => entry.attestor === succeeds);
    const problems: SettingProblem[] = [];
    if (attestorsOf({ attestors, successors: earlier }).includes(attestor)) {
      problems.push({ path: [...path, "attestor"], reason: "is an attestor of this entry already" });
    }
    if (!before && !attestors.includes(succeeds)) {
      problems.push({ path: [...path, "succeeds"], reason: "must be an attestor of this entry, or a successor above" });
    }
    if (earlier.some((entry) => entry.succeeds === succeeds)) {
      problems.push({ path: [...path, "succeeds"], reason: "has a successor already" });
    }
    const above = before?.fromSequence ?? 1n;
    if (fromSequence <= above) {
      const reason = `must be above ${above}, where the key before begins`;
      problems.push({ path: [...path, "fromSequence"], reason });
    }
    return problems;
  });
}

/** On Aleo the bridge is a program, and attestors sign its name. */
function bridgeProblem(family: ChainFamily, bridge: string, scheme: RegisteredRoute["scheme"]): string | undefined {
  if (family !== "aleo") return misspelling(family, bridge);
  const { program } = digestScheme(scheme);
  if (program === undefined || program === bridge) return undefined;
  return `must be the program that scheme signs, ${program}`;
}

function clientProblems(client: RegisteredClient, registered: ReadonlySet<string>): SettingProblem[] {
  return [
    ...repeated(client.attestors).map((index) => ({ path: ["attestors", index], reason: "is there twice" })),
    ...client.attestors.flatMap((attestor, index) =>
      registered.has(attestor) ? [] : [{ path: ["attestors", index], reason: "is no attestor of any registry entry" }],
    ),
  ];
}

/** A bridge or attestor where the configuration names it, and the deployment and destination that it serves there. */
interface Service {
  readonly name: string;
  readonly path: (string | number)[];
  readonly deployment: string;
}

function bridgesOf(registry: readonly RegisteredRoute[]): Service[] {
  return registry.map((route, index) => ({
    name: `${route.destination.chainId} ${route.destination.bridge}`,
    path: ["registry", index, "destination", "bridge"],
    deployment: deploymentOf(route),
  }));
}

function servingAttestors(registry: readonly RegisteredRoute[]): Service[] {
  return registry.flatMap((route, index) => {
    const deployment = deploymentOf(route);
    const path = ["registry", index];
    return [
      ...route.attestors.map((name, at) => ({ name, path: [...path, "attestors", at], deployment })),
      ...route.successors.map(({ attestor: name }, at) => ({
        name,
        path: [...path, "successors", at, "attestor"],
        deployment,
      })),
    ];
  });
}

function deploymentOf({ deployment, destination }: RegisteredRoute): string {
  return `deployment ${deployment} at destination ${destination.chainId}`;
}

/**
 * Nothing that Verulink signs names the bridge contract: an attestor's key, like a bridge, serves one deployment at one
 * destination, or a signature given for one would count for the other.
 */
function servingTwo(services: readonly Service[]): SettingProblem[] {
  const first = new Map<string, string>();
  for (const { name, deployment } of services) if (!first.has(name)) first.set(name, deployment);
  return services.flatMap(({ name, path, deployment }) =>
    first.get(name) === deployment
      ? []
      : [{ path, reason: `serves ${first.get(name)} already and may serve one only` }],
  );
}

function repeatedPins(clients: readonly RegisteredClient[], council: readonly string[]): SettingProblem[] {
  const places = [
    ...clients.flatMap((client, index) =>
      client.pins.map((pin, at) => ({ pin, path: ["clients", index, "pins", at] })),
    ),
    ...council.map((pin, at) => ({ pin, path: ["council", "pins", at] })),
  ];
  return repeated(places.map(({ pin }) => pin)).flatMap((at) => {
    const place = places[at];
    return place ? [{ path: place.path, reason: "is pinned twice: a pin names one client" }] : [];
  });
}

/** The indexes at which a value stands that stood before. */
function repeated(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
