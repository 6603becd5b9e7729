import { aleoProgramId } from "../shared/aleo/index.ts";
import { aleoEcdsaSchemeName, digestScheme, hasVerulinkForm, parseSchemeName } from "../shared/digest/index.ts";
import { type ChainFamily, canonicalEvmAddress, misspelling, tokenMisspelling } from "../shared/packet/index.ts";
import { nearest, problemsOf } from "../shared/schema/index.ts";
import { attestorMisspelling } from "../shared/signature/index.ts";
import type { ChainConfig, ChainServiceConfig, RouteConfig } from "./config.ts";
import { type CrossProblem, providerProblems } from "./providerChecks.ts";
import { screeningProblems } from "./screening/index.ts";

/** What no single field shows: names that point nowhere, and entries that would mean two things. */
export function crossProblems(config: ChainServiceConfig): CrossProblem[] {
  const { chains, routes, collectors } = config;
  return [
    ...repeated(chains, "chains", "name", ({ name }) => name),
    ...repeated(chains, "chains", "chainId", ({ chainId }) => `${chainId}`),
    ...repeated(routes, "routes", "name", ({ name }) => name),
    ...repeated(routes, "routes", "deployment", identity, (first) => `leads between the same chains as ${first}`),
    ...repeated(
      routes,
      "routes",
      "source.bridge",
      sourceBridgeIn(chains),
      (first) => `is the source bridge of ${first} already`,
    ),
    ...repeated(collectors, "collectors", "name", ({ name }) => name),
    ...chains.flatMap((chain, index) => inside(["chains", index], chainProblems(chain))),
    ...routes.flatMap((route, index) => inside(["routes", index], routeProblems(route, chains))),
    ...formProblems(config),
    ...inside(["screening"], screeningProblems(config.screening, chains)),
  ];
}

const identity = ({ deployment, source, destination }: RouteConfig) =>
  `${deployment} ${source.chain} ${destination.chain}`;

/**
 * An EVM bridge numbers its packets by one counter for one destination, so it is the source of one route. A program on Aleo
 * has a counter for each destination.
 */
const sourceBridgeIn = (chains: readonly ChainConfig[]) => {
  const families = new Map(chains.map(({ name, family }) => [name, family]));
  return ({ source, destination }: RouteConfig) =>
    `${source.chain} ${source.bridge} ${families.get(source.chain) === "aleo" ? destination.chain : ""}`;
};

function inside(path: CrossProblem["path"], problems: readonly CrossProblem[]): CrossProblem[] {
  return problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
}

/** Every entry whose `keyOf` an earlier entry has too. */
function repeated<T extends { readonly name: string }>(
  entries: readonly T[],
  list: string,
  field: string,
  keyOf: (entry: T) => string,
  say = (first: string) => `is the same as that of ${first}`,
): CrossProblem[] {
  return entries.flatMap((entry, index) => {
    const first = entries.findIndex((other) => keyOf(other) === keyOf(entry));
    const owner = entries[first];
    const path = [list, index, ...field.split(".")];
    return first < index && owner ? [{ path, reason: say(`${list}.${first} (${owner.name})`) }] : [];
  });
}

function chainProblems(chain: ChainConfig): CrossProblem[] {
  const problems = providerProblems(chain);
  if (chain.family === "evm" && chain.finality === "depth" && chain.depth === 0) {
    problems.push({ path: ["depth"], reason: "must be at least 1 where depth alone makes a block final" });
  }
  return problems;
}

function routeProblems(route: RouteConfig, chains: readonly ChainConfig[]): CrossProblem[] {
  const problems: CrossProblem[] = [];
  for (const end of ["source", "destination"] as const) {
    const { chain: chainName, bridge, tokenService } = route[end];
    const chain = chains.find(({ name }) => name === chainName);
    if (!chain) {
      problems.push({ path: [end, "chain"], reason: unknownChain(chainName, chains) });
      continue;
    }
    problems.push(...bridgeProblems([end, "bridge"], chain.family, bridge));
    problems.push(...spelling([end, "tokenService"], chain.family, tokenService));
    if (end === "destination") {
      problems.push(...schemeProblems(route, chain), ...instantProblems(route, chain.family));
    }
  }
  if (route.source.chain === route.destination.chain) {
    problems.push({ path: ["destination", "chain"], reason: "is the same as that of the source" });
  }
  return problems;
}

function schemeProblems(route: RouteConfig, destination: ChainConfig): CrossProblem[] {
  const family = digestScheme(route.scheme).destinationFamily;
  return [
    ...(family === destination.family
      ? programProblems(route, destination)
      : [{ path: ["scheme"], reason: `is for destinations of family ${family}` }]),
    ...said(["attestor"], attestorMisspelling(route.attestor, route.scheme)),
    ...successorProblems(route),
  ];
}

/** A key has one stretch of sequences, and they follow each other: no packet can be meant for two. */
function successorProblems({ attestor, successors, scheme }: RouteConfig): CrossProblem[] {
  const holders = [attestor, ...successors.map((successor) => successor.attestor)];
  return successors.flatMap(({ attestor: holder, fromSequence }, at) => {
    const path = ["successors", at];
    const above = successors[at - 1]?.fromSequence ?? 1n;
    return [
      ...said([...path, "attestor"], attestorMisspelling(holder, scheme)),
      ...(holders.indexOf(holder) <= at
        ? [{ path: [...path, "attestor"], reason: "is an attestor of this route already" }]
        : []),
      ...(fromSequence <= above
        ? [{ path: [...path, "fromSequence"], reason: `must be above ${above}, where the key before begins` }]
        : []),
    ];
  });
}

/** A digest that names network and program is worth nothing at another one than the route's. */
function programProblems({ destination, scheme }: RouteConfig, chain: ChainConfig): CrossProblem[] {
  const parts = parseSchemeName(scheme);
  if (chain.family !== "aleo" || !parts || !("program" in parts)) return [];
  const named = aleoEcdsaSchemeName({ network: chain.network, program: destination.bridge });
  if (scheme === named) return [];
  return [{ path: ["scheme"], reason: `names another network or program than the destination's: write ${named}` }];
}

/** Verulink's database has no form for signatures that Verulink's own program could not verify. */
function formProblems({ routes, collectors }: ChainServiceConfig): CrossProblem[] {
  const formless = routes.find(({ scheme }) => !hasVerulinkForm(scheme));
  if (!formless) return [];
  const reason = `has no form for attestations of route ${formless.name}, whose scheme is ${formless.scheme}`;
  return collectors.flatMap(({ kind }, index) =>
    kind === "verulink" ? [{ path: ["collectors", index, "kind"], reason }] : [],
  );
}

/** Tokens are those of the destination, because a packet names no other. */
function instantProblems({ instant, wait }: RouteConfig, destination: ChainFamily): CrossProblem[] {
  if (!instant) return [];
  const problems = instant.tokens.flatMap(({ token }, index) => {
    const path = ["instant", "tokens", index, "token"];
    const first = instant.tokens.findIndex((other) => other.token === token);
    const twice = first < index ? [{ path, reason: `is the token of instant.tokens.${first} already` }] : [];
    const why = tokenMisspelling(destination, token);
    return [...(destination === "evm" ? spelling(path, destination, token) : said(path, why)), ...twice];
  });
  if (instant.wait <= wait) return problems;
  return [...problems, { path: ["instant", "wait"], reason: "must not be longer than the route's wait" }];
}

/** On Aleo the bridge is a program, which is called by its id. */
function bridgeProblems(path: CrossProblem["path"], family: ChainFamily, text: string): CrossProblem[] {
  if (family !== "aleo") return spelling(path, family, text);
  const result = problemsOf(aleoProgramId, text);
  return said(path, "problems" in result ? result.problems[0]?.reason : undefined);
}

function said(path: CrossProblem["path"], reason: string | undefined): CrossProblem[] {
  return reason === undefined ? [] : [{ path, reason }];
}

function spelling(path: CrossProblem["path"], family: ChainFamily, text: string): CrossProblem[] {
  const why = misspelling(family, text);
  if (why === undefined) return [];
  const canonical = family === "evm" ? canonicalEvmAddress(text) : undefined;
  return [{ path, reason: canonical ? `${why}; write ${canonical}` : why }];
}

function unknownChain(chain: string, chains: readonly ChainConfig[]): string {
  const names = chains.map(({ name }) => name);
  const guess = nearest(chain, names);
  return `there is no such chain; ${guess ? `did you mean ${guess}?` : `known are ${names.join(", ")}`}`;
}
