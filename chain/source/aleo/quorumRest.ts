import type { ChainObserver } from "../chain.ts";
import { createQuorum, type Quorum } from "../quorum.ts";
import type { AleoEndpoint } from "./endpoint.ts";

/** Whoever answers for an Aleo chain: a quorum, or the only provider, whose own faults then say most. */
export type QuorumRest = Quorum<AleoEndpoint>;

export function createQuorumRest(
  endpoints: readonly AleoEndpoint[],
  names: { readonly chain: string; readonly quorum: number },
  observer: ChainObserver,
): QuorumRest {
  const [only] = endpoints;
  if (endpoints.length !== 1 || !only) return createQuorum(endpoints, names, observer);
  return {
    async decide({ height }, ask) {
      const unavailable = only.unavailable(height);
      if (unavailable !== undefined) throw only.unusable(unavailable);
      return ask(only);
    },
    askDoubtsAgain: async () => {},
  };
}
