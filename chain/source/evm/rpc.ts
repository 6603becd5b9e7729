import type { z } from "zod";
import { AttestorError } from "../../../shared/errors/index.ts";
import type { LogAnswer } from "./answers.ts";

/** Which events are looked for: those of one contract with one topic. */
export interface LogFilter {
  readonly address: string;
  readonly topic: string;
}

/** Whoever answers for a chain: one provider, or a quorum of several. */
export interface EvmRpc {
  readonly chain: string;
  /**
   * Asks one JSON-RPC method and reads its answer strictly.
   *
   * @param height the block that the question is about; providers that are not there yet are not asked.
   * @throws AttestorError `rpc_unreachable`, `rpc_answer_unusable`, `rpc_no_quorum`; all name chain and provider labels,
   * nothing else.
   */
  request<S extends z.ZodType>(
    method: string,
    parameters: readonly unknown[],
    answer: S,
    height?: number,
  ): Promise<z.output<S>>;
  /** The logs in the blocks `from` to `to`, in chain order. Throws as `request`. */
  logs(filter: LogFilter, from: number, to: number): Promise<LogAnswer[]>;
  /** The error for an answer that is well-formed and still can't be right. */
  unusable(reason: string): AttestorError<"rpc_answer_unusable">;
}

/** Reason of the error for a contract call that the contract itself refused. */
export const revertReason = "the call was reverted";

/** True if the provider worked and the contract refused the call. */
export function isRevert(error: unknown): boolean {
  return reasonOf(error, "rpc_answer_unusable") === revertReason;
}

/**
 * True if a provider may have refused a range of blocks for its size: it answered an error, or more than is read. No
 * standard names the code (-32005, -32602 and others are seen, and plain HTTP 400 or 413).
 */
export function mayBeTooLarge(error: unknown): boolean {
  return (
    /JSON-RPC error/.test(reasonOf(error, "rpc_answer_unusable") ?? "") ||
    /^(HTTP 4(00|13)|its answer is too large)$/.test(reasonOf(error, "rpc_unreachable") ?? "")
  );
}

function reasonOf(error: unknown, code: "rpc_answer_unusable" | "rpc_unreachable"): string | undefined {
  return error instanceof AttestorError && error.code === code && "reason" in error.data
    ? error.data.reason
    : undefined;
}
