import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { type Said, sidesOf } from "./agreement.ts";
import { askAll } from "./askAll.ts";
import type { ChainObserver } from "./chain.ts";
import { createDoubts } from "./doubts.ts";
import type { Endpoint } from "./endpoint.ts";

/** What is asked, for evidence and messages. */
export interface Question<T> {
  readonly name: string;
  readonly parameters: unknown;
  /** The block that it is about; providers that are not there yet are not asked. */
  readonly height: number | undefined;
  /** One spelling for equal answers; JSON where it is left out. */
  readonly textOf?: (value: T) => string;
  /** True where honest providers may differ for a moment, so that nobody is blamed for it. */
  readonly mayDiffer?: boolean;
}

/** Several providers that answer as one: each question goes to all of them, and the answer is what a quorum says. */
export interface Quorum<E extends Endpoint> {
  /** @throws AttestorError `rpc_no_quorum`. */
  decide<T>(question: Question<T>, ask: (endpoint: E) => Promise<T>): Promise<T>;
  /**
   * Asks again what a provider answered otherwise about a block that it calls final by now. Without this, whoever names
   * older final blocks than the others could lie about each new one and never be bound by it.
   */
  askDoubtsAgain(): Promise<void>;
}

/** Errors, time-outs, providers put aside and those that lag count against the quorum. */
export function createQuorum<E extends Endpoint>(
  endpoints: readonly E[],
  { chain, quorum }: { readonly chain: string; readonly quorum: number },
  observer: Pick<ChainObserver, "dispute" | "quorumFailure">,
): Quorum<E> {
  const doubts = createDoubts();

  async function decide<T>(question: Question<T>, ask: (endpoint: E) => Promise<T>): Promise<T> {
    const asked = endpoints.map((endpoint) => sayingOf(endpoint, question, ask));
    const { agreement, all } = askAll(asked, quorum);
    all.then(
      (answers) => {
        if (question.mayDiffer) return;
        lookForLies(question, answers);
        keepDoubts(question, answers, () => decide(question, ask));
      },
      () => {}, // whatever rejects `all` rejects the agreement too
    );
    const { result, answers } = await agreement;
    if (result.outcome === "agreed") return result.value;
    observer.quorumFailure({ chain });
    const kind = result.outcome === "disagreement" ? "disagreement" : "too_few";
    const reason = describeFailure(question.name, answers, endpoints, quorum);
    throw new AttestorError("rpc_no_quorum", { chain, kind, reason });
  }

  /** Only those who say themselves that the height is final for them can be caught lying: above it, blocks change. */
  function lookForLies<T>({ name, parameters, height }: Question<T>, answers: readonly Said<T>[]) {
    const sides = sidesOf(answers.filter(({ provider }) => isBound(provider, height)));
    if (sides.length < 2) return;
    const agreed = sidesOf(answers).find(({ providers }) => providers.length >= quorum);
    const dissenting = sides.filter(({ text }) => text !== agreed?.text).flatMap(({ providers }) => providers);
    for (const endpoint of endpoints) if (dissenting.includes(endpoint.label)) endpoint.disputes += 1;
    observer.dispute({ chain, question: name, parameters, height, sides, agreed: agreed?.text, dissenting });
  }

  function isBound(provider: string, height: number | undefined): boolean {
    const claims = endpoints.find(({ label }) => label === provider)?.claims;
    return height === undefined || (claims !== undefined && claims.final >= height);
  }

  function keepDoubts<T>(
    { name, parameters, height }: Question<T>,
    answers: readonly Said<T>[],
    again: () => Promise<T>,
  ) {
    const sides = sidesOf(answers);
    if (height === undefined || sides.length < 2) return;
    const early = sides.flatMap(({ providers }) => providers).filter((label) => !isBound(label, height));
    if (early.length > 0) doubts.keep(stringifyJson([name, parameters]), { height, providers: early, again });
  }

  return { decide, askDoubtsAgain: () => doubts.askAgain(isBound) };
}

async function sayingOf<T, E extends Endpoint>(
  endpoint: E,
  { height, textOf = stringifyJson }: Question<T>,
  ask: (endpoint: E) => Promise<T>,
): Promise<Said<T>> {
  const provider = endpoint.label;
  const unavailable = endpoint.unavailable(height);
  if (unavailable !== undefined) return { provider, fault: unavailable };
  try {
    const value = await ask(endpoint);
    return { provider, value, text: textOf(value) };
  } catch (error) {
    // Whatever it answered: one provider must not be able to end a question that the others can decide.
    if (!(error instanceof AttestorError))
      return { provider, fault: `its answer cannot be read (${faultName(error)})` };
    return { provider, fault: "reason" in error.data ? error.data.reason : error.code };
  }
}

function describeFailure<T>(
  question: string,
  answers: readonly Said<T>[],
  endpoints: readonly Endpoint[],
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
