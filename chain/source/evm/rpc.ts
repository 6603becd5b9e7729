import { JsonRpcProvider, Network } from "ethers";
import type { z } from "zod";
import { AttestorError } from "../../../shared/errors/index.ts";
import { problemsOf } from "../../../shared/schema/index.ts";
import type { ChainConfig } from "../../config.ts";
import type { ProviderObserver } from "../chain.ts";
import { connectionTo, TransportFault } from "./transport.ts";

/** One provider of one chain. */
export interface EvmRpc {
  readonly chain: string;
  readonly provider: string;
  /**
   * Asks one JSON-RPC method and reads its answer strictly.
   *
   * @throws AttestorError `rpc_unreachable`, `rpc_answer_unusable`; both name chain and provider label, nothing else.
   */
  request<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S): Promise<z.output<S>>;
  /** The error for an answer that is well-formed and still can't be right. */
  unusable(reason: string): AttestorError<"rpc_answer_unusable">;
  close(): void;
}

/** Reason of the error for a contract call that the contract itself refused. */
export const revertReason = "the call was reverted";

/**
 * A provider through ethers. Its network is taken from the configuration, because ethers' own detection prints to the
 * console and retries for ever; whoever opens a chain probes the id. Errors of ethers quote URLs and bodies, so none
 * of them leaves this file.
 */
export function createEvmRpc(config: ChainConfig, observe: ProviderObserver): EvmRpc {
  const [endpoint] = config.providers;
  if (!endpoint) throw new AttestorError("internal", { reason: `chain ${config.name} has no provider` });
  const chain = config.name;
  const provider = endpoint.label;
  const stop = new AbortController();
  const network = Network.from(config.evmChainId);
  const ethers = new JsonRpcProvider(connectionTo(endpoint.url.reveal(), stop.signal), network, {
    staticNetwork: network,
    batchMaxCount: 1,
    batchStallTime: 0,
    cacheTimeout: -1,
  });
  const unusable = (reason: string) => new AttestorError("rpc_answer_unusable", { chain, provider, reason });

  async function ask<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S) {
    let value: unknown;
    try {
      value = await ethers.send(method, [...parameters]);
    } catch (error) {
      if (stop.signal.aborted) throw new AttestorError("rpc_unreachable", { chain, provider, reason: "closed" });
      if (error instanceof TransportFault) {
        throw new AttestorError("rpc_unreachable", { chain, provider, reason: error.message });
      }
      throw unusable(answeredFault(method, error));
    }
    const result = problemsOf(answer, value);
    if ("value" in result) return result.value;
    const [first] = result.problems;
    throw unusable(`${method}: ${first?.path || "the result"} ${first?.reason ?? "is not valid"}`);
  }

  return {
    chain,
    provider,
    unusable,
    async request(method, parameters, answer) {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1_000;
      try {
        const result = await ask(method, parameters, answer);
        observe({ chain, provider, outcome: "answered", seconds: seconds() });
        return result;
      } catch (error) {
        if (error instanceof AttestorError && !isRevert(error)) {
          const outcome = error.code === "rpc_unreachable" ? "unreachable" : "unusable";
          observe({ chain, provider, outcome, reason: error.message, seconds: seconds() });
        }
        throw error;
      }
    },
    close() {
      stop.abort();
      ethers.destroy();
    },
  };
}

/** True if the provider worked and the contract refused the call. */
export function isRevert(error: unknown): boolean {
  return (
    error instanceof AttestorError &&
    error.code === "rpc_answer_unusable" &&
    "reason" in error.data &&
    error.data.reason === revertReason
  );
}

/** What an answer that arrived says is wrong: the JSON-RPC error's code, never its text. */
function answeredFault(method: string, error: unknown): string {
  const answered = jsonRpcError(error);
  if (answered === undefined) return `${method}: the answer is not JSON-RPC`;
  // Geth, Anvil and Reth answer 3 to a revert (geth's errors.go), Nethermind -32015, others say so in the text.
  const reverted = answered.code === 3 || answered.code === -32015 || /execution reverted/i.test(answered.message);
  return reverted ? revertReason : `${method}: JSON-RPC error ${answered.code}`;
}

/** ethers hangs the JSON-RPC error object at `error`, or at `info.error` for contract calls. */
function jsonRpcError(error: unknown): { code: number; message: string } | undefined {
  const holder = error as { error?: unknown; info?: { error?: unknown } };
  const found = holder.error ?? holder.info?.error;
  if (typeof found !== "object" || found === null || !("code" in found)) return undefined;
  const message = "message" in found && typeof found.message === "string" ? found.message : "";
  return typeof found.code === "number" ? { code: found.code, message } : undefined;
}
