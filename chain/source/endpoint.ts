import { AttestorError } from "../../shared/errors/index.ts";
import type { ChainObserver, ProviderState } from "./chain.ts";

/** Up to where a provider says that it knows the chain, and that it is final. */
export interface Claims {
  readonly latest: number;
  readonly final: number;
}

/** One provider of one chain, of any family. */
export interface Endpoint {
  readonly label: string;
  /** What it claimed last; undefined until it has been asked. */
  claims: Claims | undefined;
  /** How often it said otherwise than the others since the start. */
  disputes: number;
  /** Why it is not asked now about that block, or undefined. */
  unavailable(height: number | undefined): string | undefined;
  /** The error for an answer that is well-formed and still can't be right. */
  unusable(reason: string): AttestorError<"rpc_answer_unusable">;
  state(): ProviderState;
}

/** What tells one provider from another. */
export interface EndpointOptions {
  readonly chain: string;
  readonly label: string;
  /** An operator has put it aside: it is not asked. */
  readonly aside: boolean;
  /** Most questions that it is asked at the same time; a hanging one is left alone from there on. */
  readonly mostAtOnce: number;
  readonly observer: Pick<ChainObserver, "exchange">;
  /** Why it is left alone for a while, or undefined. */
  readonly resting?: () => string | undefined;
  /** Whether it announces blocks; undefined where it is not asked to. */
  readonly announces?: () => boolean | undefined;
  /** True for an error that says something of what was asked, and nothing against the provider. */
  readonly isAnswer?: (error: unknown) => boolean;
}

/** What every family's provider does alike: it counts what it is asked, remembers what went wrong, and says how it is. */
export function createEndpoint(options: EndpointOptions): {
  readonly endpoint: Endpoint;
  /** Asks one question, which counts until it is answered. Throws as it does. */
  asking<T>(question: () => Promise<T>): Promise<T>;
} {
  const { chain, label, aside, mostAtOnce, observer, isAnswer = () => false } = options;
  let inProgress = 0;
  let fault: string | undefined;

  const endpoint: Endpoint = {
    label,
    claims: undefined,
    disputes: 0,
    unusable: (reason) => new AttestorError("rpc_answer_unusable", { chain, provider: label, reason }),
    unavailable(height) {
      if (aside) return "put aside by the configuration";
      const rest = options.resting?.();
      if (rest !== undefined) return rest;
      if (inProgress >= mostAtOnce) return `${inProgress} questions are unanswered`;
      const { claims } = endpoint;
      return claims && height !== undefined && claims.latest < height ? `is at block ${claims.latest} only` : undefined;
    },
    state: () => ({
      label,
      aside,
      fault,
      latestHeight: endpoint.claims?.latest,
      finalHeight: endpoint.claims?.final,
      disputes: endpoint.disputes,
      announces: options.announces?.(),
    }),
  };

  async function asking<T>(question: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    inProgress += 1;
    try {
      const answer = await question();
      fault = undefined;
      observer.exchange({ chain, provider: label, outcome: "answered", seconds: seconds() });
      return answer;
    } catch (error) {
      if (error instanceof AttestorError && !isAnswer(error)) {
        const outcome = error.code === "rpc_unreachable" ? "unreachable" : "unusable";
        fault = (error.data as { reason: string }).reason;
        observer.exchange({ chain, provider: label, outcome, reason: error.message, seconds: seconds() });
      }
      throw error;
    } finally {
      inProgress -= 1;
    }
  }
  return { endpoint, asking };
}
