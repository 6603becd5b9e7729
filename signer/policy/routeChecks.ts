import { digestScheme } from "../../shared/digest/index.ts";
import { type ChainFamily, canonicalEvmAddress, misspelling, tokenMisspelling } from "../../shared/packet/index.ts";
import { type CrossProblem, repeated } from "../crossCheck.ts";
import type { Client, Route } from "./policy.ts";

type Path = CrossProblem["path"];

/** What is wrong with a policy's routes, alone and together. */
export function routeListProblems(routes: readonly Route[], clients: readonly Client[]): CrossProblem[] {
  return [
    ...repeated(routes, "routes", "name", (route) => route.name),
    ...repeated(routes, "routes", "deployment", identity, oneRoute),
    ...routes.flatMap((route, index) => [
      ...endProblems(route, ["routes", index]),
      ...tokenProblems(route, routes, ["routes", index, "tokens"]),
      ...limitProblems(route, ["routes", index, "limits", "perToken"]),
      ...agreementProblems(route, clients, ["routes", index]),
      ...successorProblems(route, ["routes", index, "successors"]),
    ]),
  ];
}

const oneRoute = (first: string) => `leads from and to the same chains in the same deployment as ${first}`;

function identity(route: Route): string {
  return `${route.deployment} ${route.source.chainId} ${route.destination.chainId}`;
}

function endProblems(route: Route, path: Path): CrossProblem[] {
  const { source, destination, scheme } = route;
  const problems = (["source", "destination"] as const).flatMap((end) =>
    spellingProblems(route[end].family, route[end].tokenService, [...path, end, "tokenService"]),
  );
  if (source.chainId === destination.chainId) {
    problems.push({ path: [...path, "destination", "chainId"], reason: "is the same as that of the source" });
  }
  const family = digestScheme(scheme).destinationFamily;
  if (family !== destination.family) {
    problems.push({ path: [...path, "scheme"], reason: `is for destinations of family ${family}` });
  } else if (family === "aleo" && source.family !== "evm") {
    problems.push({ path: [...path, "source", "family"], reason: "must be evm: the program on Aleo takes no other" });
  }
  return problems;
}

function spellingProblems(family: ChainFamily, address: string, path: Path, problemOf = misspelling): CrossProblem[] {
  const why = problemOf(family, address);
  const canonical = family === "evm" ? canonicalEvmAddress(address) : undefined;
  return why ? [{ path, reason: why + (canonical ? `; write ${canonical}` : "") }] : [];
}

function tokenProblems(route: Route, routes: readonly Route[], path: Path): CrossProblem[] {
  const pairs = route.tokens ?? [];
  const back = routes.find(
    (other) =>
      other.deployment === route.deployment &&
      other.source.chainId === route.destination.chainId &&
      other.destination.chainId === route.source.chainId,
  );
  return pairs.flatMap(({ source, destination }, at) => {
    const other = back?.tokens?.find((pair) => pair.source === destination);
    const againBefore = (end: "source" | "destination", address: string) =>
      pairs.findIndex((pair) => pair[end] === address) < at
        ? [{ path: [...path, at, end], reason: "is paired already" }]
        : [];
    return [
      ...spellingProblems(route.source.family, source, [...path, at, "source"], tokenMisspelling),
      ...spellingProblems(route.destination.family, destination, [...path, at, "destination"], tokenMisspelling),
      ...againBefore("source", source),
      ...againBefore("destination", destination),
      ...(other && other.destination !== source
        ? [{ path: [...path, at, "source"], reason: `is not what route ${back?.name} pairs ${destination} with` }]
        : []),
    ];
  });
}

/** Amounts of two tokens cannot be compared, so where one token has a limit, every token that may be sent has one. */
function limitProblems({ limits, tokens }: Route, path: Path): CrossProblem[] {
  const perToken = limits?.perToken;
  if (!perToken) return [];
  if (!tokens) return [{ path, reason: "needs the list tokens beside it: a token without a limit would have none" }];
  const known = tokens.map(({ destination }) => destination);
  const limited = perToken.map(({ token }) => token);
  return [
    ...perToken.flatMap(({ token, single, window }, at) => [
      ...(known.includes(token) ? [] : [{ path: [...path, at, "token"], reason: "is no destination in tokens" }]),
      ...(limited.indexOf(token) < at ? [{ path: [...path, at, "token"], reason: "is listed twice" }] : []),
      ...(single === undefined && window === undefined
        ? [{ path: [...path, at], reason: "must set single, window or both" }]
        : []),
    ]),
    ...known
      .filter((token) => !limited.includes(token))
      .map((token) => ({ path, reason: `has no entry for token ${token}` })),
  ];
}

/** A key has one stretch of sequences, and they follow each other: no packet can be meant for two. */
function successorProblems({ key, successors = [], startSequence }: Route, path: Path): CrossProblem[] {
  const names = [key, ...successors.map((successor) => successor.key)];
  return successors.flatMap(({ key: name, fromSequence }, at) => {
    const above = at === 0 ? startSequence : (successors[at - 1]?.fromSequence ?? 0n);
    return [
      ...(names.indexOf(name) <= at ? [{ path: [...path, at, "key"], reason: "is a key of this route already" }] : []),
      ...(fromSequence <= above
        ? [{ path: [...path, at, "fromSequence"], reason: `must be above ${above}, where the key before begins` }]
        : []),
    ];
  });
}

function agreementProblems(route: Route, clients: readonly Client[], path: Path): CrossProblem[] {
  const { agreement = 1, minimumAssurance = "claimed" } = route;
  const able = clients.filter(
    ({ routes, schemes, operations }) =>
      routes.includes(route.name) &&
      schemes.includes(route.scheme) &&
      (operations.includes("attest") || operations.includes("verulink")),
  ).length;
  const problems: CrossProblem[] = [];
  if (agreement > 1 && able < agreement) {
    problems.push({
      path: [...path, "agreement"],
      reason: `can never be reached: ${able} clients may ask on this route`,
    });
  }
  const wanted = Number(/^agreed-([0-9]+)$/.exec(minimumAssurance)?.[1] ?? 1);
  if (wanted > agreement) {
    problems.push({ path: [...path, "minimumAssurance"], reason: `needs agreement: ${wanted} on this route` });
  }
  return problems;
}
