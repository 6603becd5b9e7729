import type { z } from "zod";
import { AttestorError, faultName } from "../../../shared/errors/index.ts";
import { problemsOf } from "../../../shared/schema/index.ts";
import type { EvmChainConfig } from "../../config.ts";
import type { ChainObserver } from "../chain.ts";
import type { Endpoint } from "../endpoint.ts";
import { TransportFault } from "../exchange.ts";
import { type HeadSocket, openHeadSocket } from "./headSocket.ts";
import { createLogReader } from "./logReader.ts";
import { type EvmRpc, isRevert, revertReason } from "./rpc.ts";
import { connectionTo, type RpcReply } from "./transport.ts";

/** Most questions that one provider is asked at the same time; a hanging one is left alone from there on. */
const mostAtOnce = 256;

/** How long a WebSocket may be silent before it is taken for dead, in milliseconds; blocks are seconds apart. */
const longestSilence = 120_000;

/** One provider of one chain. */
export interface EvmEndpoint extends EvmRpc, Endpoint {
  /** Opens its WebSocket, where it has one and is not put aside. */
  announceHeads(hint: () => void): void;
  close(): void;
}

/**
 * A provider over our own small JSON-RPC connection. Whoever opens a chain probes its id. What a provider says in an error
 * may quote its address or a key, so none of its texts leaves this file.
 */
export function createEvmEndpoint(
  config: EvmChainConfig,
  { label, url, ws, aside }: EvmChainConfig["providers"][number],
  observer: ChainObserver,
): EvmEndpoint {
  const chain = config.name;
  const provider = label;
  const stop = new AbortController();
  const connection = connectionTo(url.reveal(), config.timeout, stop.signal);
  const unusable = (reason: string) => new AttestorError("rpc_answer_unusable", { chain, provider, reason });
  let inProgress = 0;
  let fault: string | undefined;
  let socket: HeadSocket | undefined;

  async function ask<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S) {
    let reply: RpcReply | undefined;
    try {
      reply = await connection(method, parameters);
    } catch (error) {
      const reason = stop.signal.aborted
        ? "closed"
        : error instanceof TransportFault
          ? error.message
          : faultName(error);
      throw new AttestorError("rpc_unreachable", { chain, provider, reason });
    }
    if (!reply || "error" in reply) throw unusable(answeredFault(method, reply?.error));
    const result = problemsOf(answer, reply.result);
    if ("value" in result) return result.value;
    const [first] = result.problems;
    throw unusable(`${method}: ${first?.path || "the result"} ${first?.reason ?? "is not valid"}`);
  }

  async function request<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S) {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    inProgress += 1;
    try {
      const result = await ask(method, parameters, answer);
      fault = undefined;
      observer.exchange({ chain, provider, outcome: "answered", seconds: seconds() });
      return result;
    } catch (error) {
      if (error instanceof AttestorError && !isRevert(error)) {
        const outcome = error.code === "rpc_unreachable" ? "unreachable" : "unusable";
        fault = (error.data as { reason: string }).reason;
        observer.exchange({ chain, provider, outcome, reason: error.message, seconds: seconds() });
      }
      throw error;
    } finally {
      inProgress -= 1;
    }
  }

  const endpoint: EvmEndpoint = {
    chain,
    label,
    claims: undefined,
    disputes: 0,
    unusable,
    request,
    logs: createLogReader(request, unusable, config.maximumRange),
    unavailable(height) {
      if (aside) return "put aside by the configuration";
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
      announces: ws && (socket?.announces() ?? false),
    }),
    announceHeads(hint) {
      if (aside || !ws || stop.signal.aborted) return;
      const silenceMs = Math.max(longestSilence, 2 * config.pollInterval);
      socket ??= openHeadSocket(ws, { timeoutMs: config.timeout, silenceMs, onHead: hint });
    },
    close() {
      stop.abort();
      socket?.close();
    },
  };
  return endpoint;
}

/** What an answer that arrived says is wrong: the JSON-RPC error's code, never its text. */
function answeredFault(method: string, error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "number") {
    return `${method}: the answer is not JSON-RPC`;
  }
  const message = "message" in error && typeof error.message === "string" ? error.message : "";
  // Geth, Anvil and Reth answer 3 to a revert (geth's errors.go), Nethermind -32015, others say so in the text.
  const reverted = error.code === 3 || error.code === -32015 || /execution reverted/i.test(message);
  return reverted ? revertReason : `${method}: JSON-RPC error ${error.code}`;
}
