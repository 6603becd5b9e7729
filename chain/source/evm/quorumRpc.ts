import { AttestorError } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { type Said, sidesOf } from "../agreement.ts";
import { askAll } from "../askAll.ts";
import type { ChainObserver } from "../chain.ts";
import { createDoubts } from "./doubts.ts";
import type { EvmEndpoint } from "./endpoint.ts";
import { type EvmRpc, isRevert, revertReason } from "./rpc.ts";

/** What a provider answered; that a contract refused a call is an answer too. */
type Answer<T> = { readonly value: T } | { readonly reverted: true };

/** A quorum, and a way to catch up with those who contradicted it too early to be called liars. */
export interface QuorumRpc extends EvmRpc {
  /**
   * Asks again what a provider answered otherwise about a block that it calls final by now. Without this, whoever names
   * older final blocks than the others could lie about each new one and never be bound by it.
   */
  askDoubtsAgain(): Promise<void>;
}

/**
 * Several providers that answer as one: each question goes to all of them, and the answer is what a quorum says, compared
 * value by value after strict parsing. Errors, time-outs, providers put aside and those that lag count against it.
 *
 * @param voice what messages call the quorum.
 */
export function createQuorumRpc(
  endpoints: readonly EvmEndpoint[],
  { chain, quorum, voice }: { readonly chain: string; readonly quorum: number; readonly voice: string },
  observer: ChainObserver,
): QuorumRpc {
  const doubts = createDoubts();
  const unusable = (reason: string) => new AttestorError("rpc_answer_unusable", { chain, provider: voice, reason });

  async function decide<T>(
    question: string,
    parameters: unknown,
    height: number | undefined,
    ask: (endpoint: EvmEndpoint) => Promise<T>,
  ): Promise<T> {
    const asked = endpoints.map((endpoint) => sayingOf(endpoint, height, ask));
    const { agreement, all } = askAll(asked, quorum);
    all.then(
      (answers) => {
        lookForLies(question, parameters, height, answers);
        keepDoubts(question, parameters, height, answers, () => decide(question, parameters, height, ask));
      },
      () => {}, // whatever rejects `all` rejects the agreement too
    );
    const { result, answers } = await agreement;
    if (result.outcome === "agreed") {
      if ("reverted" in result.value) throw unusable(revertReason);
      return result.value.value;
    }
    observer.quorumFailure({ chain });
    const kind = result.outcome === "disagreement" ? "disagreement" : "too_few";
    const reason = describeFailure(question, answers, endpoints, quorum);
    throw new AttestorError("rpc_no_quorum", { chain, kind, reason });
  }

  /** Only those who say themselves that the height is final for them can be caught lying: above it, blocks change. */
  function lookForLies<T>(
    question: string,
    parameters: unknown,
    height: number | undefined,
    answers: readonly Said<Answer<T>>[],
  ) {
    const sides = sidesOf(answers.filter(({ provider }) => isBound(provider, height)));
    if (sides.length < 2) return;
    const agreed = sidesOf(answers).find(({ providers }) => providers.length >= quorum);
    const dissenting = sides.filter(({ text }) => text !== agreed?.text).flatMap(({ providers }) => providers);
    for (const endpoint of endpoints) if (dissenting.includes(endpoint.label)) endpoint.disputes += 1;
    observer.dispute({ chain, question, parameters, height, sides, agreed: agreed?.text, dissenting });
  }

  function isBound(provider: string, height: number | undefined): boolean {
    const claims = endpoints.find(({ label }) => label === provider)?.claims;
    return height === undefined || (claims !== undefined && claims.final >= height);
  }

  function keepDoubts<T>(
    question: string,
    parameters: unknown,
    height: number | undefined,
    answers: readonly Said<Answer<T>>[],
    again: () => Promise<T>,
  ) {
    const sides = sidesOf(answers);
    if (height === undefined || sides.length < 2) return;
    const early = sides.flatMap(({ providers }) => providers).filter((label) => !isBound(label, height));
    if (early.length > 0) doubts.keep(stringifyJson([question, parameters]), { height, providers: early, again });
  }

  return {
    chain,
    unusable,
    askDoubtsAgain: () => doubts.askAgain(isBound),
    request: (method, parameters, answer, height) =>
      decide(method, parameters, height, (endpoint) => endpoint.request(method, parameters, answer)),
    logs: (filter, from, to) =>
      decide("eth_getLogs", { ...filter, from, to }, to, (endpoint) => endpoint.logs(filter, from, to)),
  };
}

async function sayingOf<T>(
  endpoint: EvmEndpoint,
  height: number | undefined,
  ask: (endpoint: EvmEndpoint) => Promise<T>,
): Promise<Said<Answer<T>>> {
  const provider = endpoint.label;
  const unavailable = endpoint.unavailable(height);
  if (unavailable !== undefined) return { provider, fault: unavailable };
  try {
    const value = await ask(endpoint);
    return { provider, value: { value }, text: stringifyJson(value) };
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    if (isRevert(error)) return { provider, value: { reverted: true }, text: revertReason };
    return { provider, fault: "reason" in error.data ? error.data.reason : error.code };
  }
}

function describeFailure<T>(
  question: string,
  answers: readonly Said<T>[],
  endpoints: readonly EvmEndpoint[],
  quorum: number,
): string {
  const [first] = sidesOf(answers);
  const rest = endpoints.flatMap(({ label }) => {
    const said = answers.find(({ provider }) => provider === label);
    if (!said) return [`${label}: no answer yet`];
    if ("fault" in said) return [`${label}: ${said.fault}`];
    return said.text === first?.text ? [] : [`${label}: says otherwise`];
  });
  const most = first?.providers.length ?? 0;
  return `${most} of ${endpoints.length} providers agree on ${question}, ${quorum} are needed (${rest.join("; ")})`;
}
