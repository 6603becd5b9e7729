import type { ChainConfig } from "./config.ts";
import { hostOf } from "./hostOf.ts";
import { quorumOf } from "./providers.ts";

/** What is wrong with a configuration, and where. */
export interface CrossProblem {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** Fewest providers of which a majority is more than one's word while another may be down. */
const fewestProviders = 3;

const unlessAccepted = "or write singleSource: accepted to say that you trust them as one";

/** Whether a chain's providers are enough, and as independent as a configuration can show. Names labels, never hosts. */
export function providerProblems(chain: ChainConfig): CrossProblem[] {
  const { providers, singleSource } = chain;
  const needed = quorumOf(chain);
  const asked = providers.filter(({ aside }) => !aside).length;
  const problems: CrossProblem[] = [...twins(chain, "label", ({ label }) => label, "has the label of")];
  if (needed <= providers.length / 2) {
    problems.push({
      path: ["quorum"],
      reason: `must be more than half of the ${providers.length} providers, or two truths could both have it`,
    });
  }
  if (needed > asked) {
    problems.push({
      path: ["quorum"],
      reason: `${needed} providers have to agree and only ${asked} are asked: correct quorum, providers or aside`,
    });
  }
  if (singleSource === "accepted") return problems;
  if (providers.length < fewestProviders) {
    problems.push({ path: ["providers"], reason: `name at least ${fewestProviders}, ${unlessAccepted}` });
  }
  if (!chain.anchor) {
    problems.push({
      path: ["anchor"],
      reason: "name a final block (number and hash) that you know from a source other than these providers",
    });
  }
  return [
    ...problems,
    ...twins(chain, "url", ({ url }) => hostOf(url.reveal()), "has the host of", unlessAccepted),
    ...twins(chain, "operator", ({ operator }) => operator, "is run by the operator of", unlessAccepted),
  ];
}

type Provider = ChainConfig["providers"][number];

/** Every provider that shares something with an earlier one. */
function twins(
  { providers }: ChainConfig,
  field: keyof Provider,
  shared: (provider: Provider) => string | undefined,
  say: string,
  advice?: string,
): CrossProblem[] {
  return providers.flatMap((provider, index) => {
    const value = shared(provider);
    const first = providers.findIndex((other) => shared(other) === value);
    const owner = providers[first];
    if (value === undefined || first >= index || !owner) return [];
    const reason = `${say} providers.${first} (${owner.label})${advice ? `: take another, ${advice}` : ""}`;
    return [{ path: ["providers", index, field], reason }];
  });
}
