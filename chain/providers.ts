import type { Sources } from "../shared/wire/index.ts";
import type { ChainConfig } from "./config.ts";

/** How many providers have to say the same before it is believed: by default more than half of all configured ones. */
export function quorumOf({ providers, quorum }: Pick<ChainConfig, "providers" | "quorum">): number {
  return quorum ?? Math.floor(providers.length / 2) + 1;
}

/** What attestations of packets from this chain say about who told us: `single`, or `q-of-n` of all configured. */
export function sourcesOf(chain: ChainConfig): Sources {
  return chain.singleSource ? "single" : `${quorumOf(chain)}-of-${chain.providers.length}`;
}

/** Who speaks for the chain, in messages: the only provider's label, or the quorum. */
export function voiceOf(chain: ChainConfig): string {
  const [first] = chain.providers;
  return chain.providers.length === 1 && first ? first.label : `quorum ${quorumOf(chain)}-of-${chain.providers.length}`;
}
