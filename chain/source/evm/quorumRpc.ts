import { AttestorError } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { ChainObserver } from "../chain.ts";
import { createQuorum, type Quorum } from "../quorum.ts";
import type { EvmEndpoint } from "./endpoint.ts";
import { type EvmRpc, isRevert, revertReason } from "./rpc.ts";

/** What a provider answered; that a contract refused a call is an answer too. */
type Answer<T> = { readonly value: T } | { readonly reverted: true };

/** A quorum of providers as one, and a way to catch up with those who contradicted it too early to be called liars. */
export interface QuorumRpc extends EvmRpc, Pick<Quorum<EvmEndpoint>, "askDoubtsAgain"> {
  /** The chain id that a quorum says, those included who are asked nothing else while theirs is wrong. */
  chainId(): Promise<bigint>;
}

/**
 * Several providers that answer JSON-RPC as one; answers are compared value by value after strict parsing.
 *
 * @param voice what messages call the quorum.
 */
export function createQuorumRpc(
  endpoints: readonly EvmEndpoint[],
  { chain, quorum, voice }: { readonly chain: string; readonly quorum: number; readonly voice: string },
  observer: ChainObserver,
): QuorumRpc {
  const many = createQuorum(endpoints, { chain, quorum }, observer);
  const unusable = (reason: string) => new AttestorError("rpc_answer_unusable", { chain, provider: voice, reason });

  async function decide<T>(
    name: string,
    parameters: unknown,
    height: number | undefined,
    ask: (endpoint: EvmEndpoint) => Promise<T>,
  ): Promise<T> {
    const answer = await many.decide<Answer<T>>({ name, parameters, height, textOf }, async (endpoint) => {
      try {
        return { value: await ask(endpoint) };
      } catch (error) {
        if (isRevert(error)) return { reverted: true };
        throw error;
      }
    });
    if ("reverted" in answer) throw unusable(revertReason);
    return answer.value;
  }

  return {
    chain,
    unusable,
    askDoubtsAgain: many.askDoubtsAgain,
    chainId: () => decide("eth_chainId", [], undefined, (endpoint) => endpoint.chainId()),
    request: (method, parameters, answer, height) =>
      decide(method, parameters, height, (endpoint) => endpoint.request(method, parameters, answer)),
    logs: (filter, from, to) =>
      decide("eth_getLogs", { ...filter, from, to }, to, (endpoint) => endpoint.logs(filter, from, to)),
  };
}

function textOf<T>(answer: Answer<T>): string {
  return "reverted" in answer ? revertReason : stringifyJson(answer.value);
}
