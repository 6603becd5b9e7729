import type { AttestorError } from "../../shared/errors/index.ts";
import type { ProviderState } from "./chain.ts";

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
