import { type CrossProblem, listedTwice, repeated, unknownName } from "../crossCheck.ts";
import type { Client, Operation, Operator, Policy, Route } from "./policy.ts";
import { routeListProblems } from "./routeChecks.ts";

type Parts = Pick<Policy, "operators" | "clients" | "routes">;

/** What no single field of a policy shows: names that point nowhere, and a name, pin or key that would mean two things. */
export function policyProblems({ operators, clients, routes }: Parts): CrossProblem[] {
  return [
    ...repeated(operators, "operators", "name", ({ name }) => name),
    ...repeated(clients, "clients", "name", ({ name }) => name),
    ...clients.flatMap(({ name }, index) =>
      operators.some((operator) => operator.name === name)
        ? [{ path: ["clients", index, "name"], reason: "is the name of an operator" }]
        : [],
    ),
    ...pinProblems(operators, clients),
    ...signingKeyProblems(operators),
    ...routeListProblems(routes, clients),
    ...clients.flatMap((client, index) => rightProblems(client, routes, ["clients", index])),
  ];
}

/** Whoever holds a pinned key is one operator or one client: a pin of two would let one speak for the other. */
function pinProblems(operators: readonly Operator[], clients: readonly Client[]): CrossProblem[] {
  return ownedTwice([
    ...operators.flatMap(({ name, certificatePins }, index) =>
      certificatePins.map((pin, at) => ({
        value: pin,
        owner: `operator ${name}`,
        path: ["operators", index, "certificatePins", at],
      })),
    ),
    ...clients.flatMap(({ name, pins }, index) =>
      pins.map((pin, at) => ({ value: pin, owner: `client ${name}`, path: ["clients", index, "pins", at] })),
    ),
  ]);
}

function signingKeyProblems(operators: readonly Operator[]): CrossProblem[] {
  return ownedTwice(
    operators.flatMap(({ name, signingKeys }, index) =>
      signingKeys.map((key, at) => ({
        value: key,
        owner: `operator ${name}`,
        path: ["operators", index, "signingKeys", at],
      })),
    ),
  );
}

function ownedTwice(entries: readonly { value: string; owner: string; path: CrossProblem["path"] }[]): CrossProblem[] {
  return entries.flatMap(({ value, path }, index) => {
    const first = entries.findIndex((other) => other.value === value);
    return first < index ? [{ path, reason: `belongs to ${entries[first]?.owner} already` }] : [];
  });
}

const needsRoutes: readonly Operation[] = ["attest", "read", "verulink"];
const needsSchemes: readonly Operation[] = ["attest", "verulink"];

function rightProblems(client: Client, routes: readonly Route[], path: CrossProblem["path"]): CrossProblem[] {
  const has = (needing: readonly Operation[]) => client.operations.find((operation) => needing.includes(operation));
  const missing = (list: "routes" | "schemes", operation: Operation | undefined) =>
    operation && client[list].length === 0
      ? [{ path: [...path, list], reason: `must list at least one, because operations has ${operation}` }]
      : [];
  return [
    ...listedTwice(client.routes, [...path, "routes"]),
    ...listedTwice(client.schemes, [...path, "schemes"]),
    ...listedTwice(client.operations, [...path, "operations"]),
    ...missing("routes", has(needsRoutes)),
    ...missing("schemes", has(needsSchemes)),
    ...client.routes.flatMap((route, at) =>
      routes.some(({ name }) => name === route)
        ? []
        : [{ path: [...path, "routes", at], reason: unknownName("route", route, routes) }],
    ),
    ...verulinkProblems(client, routes, path),
  ];
}

/** Verulink's request names no deployment, so its client's routes must leave no choice. */
function verulinkProblems(client: Client, routes: readonly Route[], path: CrossProblem["path"]): CrossProblem[] {
  if (!client.operations.includes("verulink")) return [];
  const deployments = new Set(
    routes.filter(({ name }) => client.routes.includes(name)).map(({ deployment }) => deployment),
  );
  if (deployments.size <= 1) return [];
  const listed = [...deployments].join(", ");
  return [
    { path: [...path, "routes"], reason: `must be of one deployment for operation verulink, and are of ${listed}` },
  ];
}
